import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { formatAddress } from "../pool/address.ts";
import type { StaticNode } from "../pool/node-list.ts";
import { nameOf } from "../standing/order.ts";
import type { Change } from "../standing/standing-orders.ts";
import { viewNode } from "./node-view.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** Static nodes that operators add while the balancer runs. */
export function nodeAdditions({ pool, controls: { drains, standing }, mayChange }: AdminParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/nodes",
      {
        onRequest: mayChange,
        schema: {
          body: schema.NodeAddition,
          response: { 201: schema.Node, 200: schema.Node, 409: schema.Problem, 503: schema.Problem },
        },
      },
      async ({ body: { address, weight } }, reply) => {
        const node = formatAddress(address);
        const known = pool.find(node)?.present === true;
        if (!known && pool.full) return reply.code(409).send(schema.FULL);
        await standing.give(additionOf({ address, weight }, known));
        const backend = pool.find(node);
        if (backend === undefined) return reply.code(409).send(schema.FULL);
        return reply.code(known ? 200 : 201).send(viewNode(backend, drains));
      },
    );
  };
}

/** A node that is known gets the weight; another is also free of what was ordered of it before. */
function additionOf(added: StaticNode, known: boolean): Change {
  const node = formatAddress(added.address);
  const over = [nameOf({ kind: "weight", node }), ...(known ? [] : [nameOf({ kind: "course", node })])];
  return { orders: [{ kind: "added", node, added }], over };
}
