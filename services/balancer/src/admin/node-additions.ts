import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { formatAddress } from "../address.ts";
import { viewNode } from "./node-view.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** Static nodes that operators add while the balancer runs. */
export function nodeAdditions({ pool, controls: { drains }, mayChange }: AdminParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/nodes",
      {
        onRequest: mayChange,
        schema: {
          body: schema.NodeAddition,
          response: { 201: schema.Node, 200: schema.Node, 409: schema.Problem },
        },
      },
      async ({ body: { address, weight } }, reply) => {
        const outcome = pool.orders.add({ address, weight }, "added by an operator");
        const backend = pool.find(formatAddress(address));
        if (backend === undefined) return reply.code(409).send({ error: "too many nodes" });
        if (outcome === "known") pool.orders.setWeight(backend, weight);
        return reply.code(outcome === "added" ? 201 : 200).send(viewNode(backend, drains));
      },
    );
  };
}
