import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { viewNode } from "./node-view.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** What is known of each node. */
export function nodeRoutes({ pool, controls: { drains } }: AdminParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get("/nodes", { schema: { response: { 200: schema.Nodes } } }, () => ({
      strategy: pool.strategy,
      nodes: [...pool.backends].map((backend) => viewNode(backend, drains)),
    }));

    app.get(
      "/nodes/:id",
      { schema: { params: schema.NodeId, response: { 200: schema.Node, 404: schema.Problem } } },
      async ({ params }, reply) => {
        const backend = pool.find(params.id);
        return backend === undefined ? reply.code(404).send(schema.NOBODY) : reply.send(viewNode(backend, drains));
      },
    );
  };
}
