import type { Registry } from "@prometheus-io/client";
import fastify, { type FastifyInstance } from "fastify";

/** What a readiness check found; `detail` says why, for the person on call. */
export interface Readiness {
  readonly ready: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The port for operators: `/live` (the process answers), `/ready` (it may be given work; 503 otherwise) and `/metrics` (Prometheus). */
export function createOps(options: {
  readonly metrics: Registry;
  readonly readiness: () => Readiness;
}): FastifyInstance {
  const app = fastify({
    forceCloseConnections: true,
    requestTimeout: 5_000,
    connectionTimeout: 10_000,
    bodyLimit: 65_536,
  });
  app.get("/live", () => ({ live: true }));
  app.get("/ready", (_request, reply) => {
    const { ready, detail } = options.readiness();
    return reply.code(ready ? 200 : 503).send({ ready, ...detail });
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  );
  return app;
}
