import type { Log, Metrics, Readiness } from "@bellwire/runtime";
import swagger from "@fastify/swagger";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { Shop } from "../orders/shop.ts";
import type { OrderStore } from "../store/order-store.ts";
import { RETRY_AFTER_S } from "./answers.ts";
import { customerRoutes } from "./customer-routes.ts";
import { opsRoutes } from "./ops-routes.ts";
import { orderRoutes } from "./order-routes.ts";
import { promoRoutes } from "./promo-routes.ts";
import { replayRoutes } from "./replay-routes.ts";

export interface HttpParts {
  readonly shop: Shop;
  readonly store: OrderStore;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Log;
}

/** The shop's HTTP API; its OpenAPI document at `/openapi.json` comes out of the schemas. */
export async function createHttp({ shop, store, metrics, readiness, log }: HttpParts): Promise<FastifyInstance> {
  const app = fastify({
    forceCloseConnections: true,
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    bodyLimit: 262_144,
    routerOptions: { maxParamLength: 256 },
  });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, _request, reply) => failed(error, reply, log));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "no such path; see /openapi.json" }));
  await app.register(swagger, {
    openapi: {
      info: { title: "bellwire producer", version: "0.1.0", description: "The shop's side: orders and promotions" },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(orderRoutes(shop, store));
  await app.register(customerRoutes(store));
  await app.register(promoRoutes(shop));
  await app.register(replayRoutes(shop, store));
  await app.register(opsRoutes(metrics, readiness));
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

function failed(error: FastifyError, reply: FastifyReply, log: Log): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((issue) => ({
      field: issue.instancePath.replace(/^\//, "").replaceAll("/", ".") || (error.validationContext ?? "body"),
      reason: issue.message ?? "is not valid",
    }));
    const summary = issues.map(({ field, reason }) => `${field}: ${reason}`).join("; ");
    return reply.code(400).send({ error: summary.slice(0, 500), issues: issues.slice(0, MAX_ISSUES) });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ error: error.message, issues: [] });
  log.error({ err: error }, "a request failed");
  return reply
    .code(503)
    .header("retry-after", RETRY_AFTER_S)
    .send({ error: "the shop's store does not answer; try again later" });
}

/** So many wrong fields are listed. */
const MAX_ISSUES = 20;
