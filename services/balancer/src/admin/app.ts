import { createOps, type Log, type Metrics } from "@bellwire/runtime";
import swagger from "@fastify/swagger";
import type { FastifyError, FastifyInstance } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { Controls } from "../control.ts";
import type { Pool } from "../pool/pool.ts";
import { NotTold } from "../standing/standing-orders.ts";
import { clusterRoutes } from "./cluster-routes.ts";
import { nodeAdditions } from "./node-additions.ts";
import { nodeOrders } from "./node-orders.ts";
import { nodeRoutes } from "./node-routes.ts";
import type { AdminParts } from "./parts.ts";
import { createTokenCheck } from "./token.ts";

/** The operators' port: live, ready, metrics, and the admin API with its OpenAPI document at `/openapi.json`. */
export async function createAdmin(options: {
  readonly metrics: Metrics;
  readonly pool: Pool;
  readonly controls: Controls;
  readonly token: string | undefined;
  readonly drainNodeMs: number;
  readonly sticky: boolean;
  readonly stopping: () => boolean;
  readonly log: Log;
}): Promise<FastifyInstance> {
  const { metrics, pool, controls, token, drainNodeMs, sticky, stopping, log } = options;
  const app = createOps({
    metrics,
    readiness: () => ({
      ready: pool.available && !stopping(),
      detail: { nodeAvailable: pool.available, stopping: stopping() },
    }),
  });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = hasZodFastifySchemaValidationErrors(error) ? 400 : (error.statusCode ?? 500);
    const told = error instanceof NotTold;
    if (status >= 500 && !told)
      log.error({ err: error, method: request.method, url: request.url }, "admin request failed");
    return reply.code(status).send({ error: status >= 500 && !told ? "internal error" : error.message });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "no such path; see /openapi.json" }));
  await app.register(swagger, {
    openapi: {
      info: { title: "bellwire balancer", version: "0.1.0", description: "Nodes, strategy, drain and rebalance" },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  const check = createTokenCheck(token);
  const mayRead = token === undefined ? [] : [check];
  const parts: AdminParts = { pool, controls, drainNodeMs, sticky, mayRead, mayChange: [check] };
  for (const routes of [nodeRoutes, nodeAdditions, nodeOrders, clusterRoutes]) await app.register(routes(parts));
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return app;
}
