import type { Metrics, Readiness } from "@bellwire/runtime";
import type { FastifyPluginAsync } from "fastify";

/** For operators, on the same port: `/live`, `/ready` (503 while writes would be refused) and `/metrics`. */
export function opsRoutes(metrics: Metrics, readiness: () => Promise<Readiness>): FastifyPluginAsync {
  return async (app) => {
    app.get("/live", { schema: { hide: true } }, () => ({ live: true }));
    app.get("/ready", { schema: { hide: true } }, async (_request, reply) => {
      const { ready, detail } = await readiness();
      return reply.code(ready ? 200 : 503).send({ ready, ...detail });
    });
    app.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.metrics()),
    );
  };
}
