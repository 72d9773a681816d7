import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Backend } from "../pool/backend.ts";
import { nameOf } from "../standing/order.ts";
import type { Change } from "../standing/standing-orders.ts";
import { viewNode } from "./node-view.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** What operators do with a node that is known: another weight, hold, drain, removal. */
export function nodeOrders({ pool, controls, drainNodeMs, mayChange }: AdminParts): FastifyPluginAsyncZod {
  const { drains, standing } = controls;
  return async (app) => {
    app.put(
      "/nodes/:id",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          body: schema.NodeChange,
          response: { 200: schema.Node, 202: schema.Awaited, 404: schema.Problem, 503: schema.Problem },
        },
      },
      async ({ params: { id }, body }, reply) => {
        const known = pool.find(id);
        const restores = body.state === "up" && known?.present !== true && pool.orders.hasRemoved(id);
        if (known === undefined && !restores) return reply.code(404).send(schema.NOBODY);
        await standing.give(changeOf(id, body, drains.viewOf(id) !== undefined));
        const backend = pool.find(id);
        if (backend?.present !== true) return reply.code(202).send({ state: "awaited" });
        return reply.send(viewNode(backend, drains));
      },
    );

    app.post(
      "/nodes/:id/drain",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          body: schema.DrainOrder,
          response: { 202: schema.Drained, 200: schema.Drained, 404: schema.Problem, 503: schema.Problem },
        },
      },
      async ({ params: { id }, body }, reply) => {
        const backend = pool.find(id);
        if (backend?.present !== true)
          return pool.orders.hasRemoved(id) ? reply.send({ state: "gone" }) : reply.code(404).send(schema.NOBODY);
        if (drains.viewOf(id) === undefined) {
          const course = {
            to: "drain",
            overMs: body.overMs ?? drainNodeMs,
            startedAt: backend.word?.startedAt,
          } as const;
          await standing.give({ orders: [{ kind: "course", node: id, course }] });
        }
        return reply.code(202).send({ state: "draining", drain: drains.viewOf(id) });
      },
    );

    app.delete(
      "/nodes/:id",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          querystring: schema.Removal,
          response: { 200: schema.Drained, 404: schema.Problem, 409: schema.Problem, 503: schema.Problem },
        },
      },
      async ({ params: { id }, query }, reply) => {
        const backend = pool.find(id);
        if (backend === undefined)
          return pool.orders.hasRemoved(id) ? reply.send({ state: "gone" }) : reply.code(404).send(schema.NOBODY);
        const force = query.force === "true";
        const clients = clientsOf(backend);
        if (clients > 0 && !force)
          return reply.code(409).send({ error: `${clients} clients are on it; drain it, or use ?force=true` });
        await standing.give(removalOf(backend, force));
        return reply.send({ state: "gone" });
      },
    );
  };
}

/** Also those that came through other balancers, where the node tells. */
const clientsOf = ({ active, present, word }: Backend): number => Math.max(active, present ? (word?.clients ?? 0) : 0);

function changeOf(node: string, { weight, state }: z.output<typeof schema.NodeChange>, drains: boolean): Change {
  return {
    orders: [
      ...(weight === undefined ? [] : [{ kind: "weight", node, weight } as const]),
      // A drain that runs holds the node already.
      ...(state === "draining" && !drains ? [{ kind: "course", node, course: { to: "hold" } } as const] : []),
    ],
    over: state === "up" ? [nameOf({ kind: "course", node })] : [],
  };
}

const removalOf = ({ id: node, word }: Backend, force: boolean): Change => ({
  orders: [{ kind: "course", node, course: { to: "remove", force, startedAt: word?.startedAt } }],
  over: [nameOf({ kind: "added", node }), nameOf({ kind: "weight", node })],
});
