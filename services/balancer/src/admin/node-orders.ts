import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Backend } from "../backend.ts";
import { viewNode } from "./node-view.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** What operators do with a node that is known: another weight, hold, drain, removal. */
export function nodeOrders(parts: AdminParts): FastifyPluginAsyncZod {
  const { pool, controls, drainNodeMs, mayChange } = parts;
  const { drains, shedder } = controls;
  return async (app) => {
    app.put(
      "/nodes/:id",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          body: schema.NodeChange,
          response: { 200: schema.Node, 202: schema.Awaited, 404: schema.Problem },
        },
      },
      async ({ params, body }, reply) => {
        if (body.state === "up" && restores(parts, params.id)) return reply.code(202).send({ state: "awaited" });
        const backend = pool.find(params.id);
        if (backend === undefined) return reply.code(404).send(schema.NOBODY);
        await change(parts, backend, body);
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
          response: { 202: schema.Drained, 200: schema.Drained, 404: schema.Problem },
        },
      },
      async ({ params, body }, reply) => {
        const backend = pool.find(params.id);
        if (backend?.present === true) {
          const drain = await drains.start(backend, body.overMs ?? drainNodeMs);
          return reply.code(202).send({ state: "draining", drain });
        }
        return pool.orders.hasRemoved(params.id) ? reply.send({ state: "gone" }) : reply.code(404).send(schema.NOBODY);
      },
    );

    app.delete(
      "/nodes/:id",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          querystring: schema.Removal,
          response: { 200: schema.Drained, 404: schema.Problem, 409: schema.Problem },
        },
      },
      async ({ params, query }, reply) => {
        const backend = pool.find(params.id);
        if (backend === undefined)
          return pool.orders.hasRemoved(params.id)
            ? reply.send({ state: "gone" })
            : reply.code(404).send(schema.NOBODY);
        if (backend.active > 0 && query.force !== "true")
          return reply.code(409).send({ error: `${backend.active} clients are on it; drain it, or use ?force=true` });
        await drains.cancel(backend);
        shedder.cut(backend);
        pool.orders.remove(backend, "removed by an operator");
        return reply.send({ state: "gone" });
      },
    );
  };
}

/** Takes a removal back; the node comes when its source names it again. */
function restores({ pool }: AdminParts, id: string): boolean {
  if (pool.find(id)?.present === true || !pool.orders.hasRemoved(id)) return false;
  pool.orders.restore(id);
  return true;
}

async function change(
  { pool, controls }: AdminParts,
  backend: Backend,
  { weight, state }: z.output<typeof schema.NodeChange>,
): Promise<void> {
  if (weight !== undefined) pool.orders.setWeight(backend, weight);
  if (state === "draining") pool.orders.hold(backend, true, "held by an operator");
  if (state !== "up") return;
  await controls.drains.cancel(backend);
  pool.orders.hold(backend, false, "released by an operator");
}
