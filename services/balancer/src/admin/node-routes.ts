import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { formatAddress, parseAddress } from "../address.ts";
import type { Backend } from "../backend.ts";
import type { AdminParts } from "./app.ts";
import * as schema from "./schemas.ts";

const NOBODY = { error: "no such node" };

/** The nodes: what is known of each, and what operators do with them. */
export function nodeRoutes({ pool, controls, drainNodeMs, mayChange }: AdminParts): FastifyPluginAsyncZod {
  const { drains, shedder } = controls;
  const view = (backend: Backend): z.input<typeof schema.Node> => {
    const { id, address, source, state, active, direct, reserved, weight, warmth, word, lastCause } = backend;
    const drain = drains.viewOf(id);
    return {
      ...{ id, address: formatAddress(address), source, state, active, direct, reserved, weight, warmth, lastCause },
      ...(word?.publicUrl !== undefined && { publicUrl: word.publicUrl }),
      ...(drain !== undefined && { drain }),
    };
  };
  return async (app) => {
    app.get("/nodes", { schema: { response: { 200: schema.Nodes } } }, () => ({
      strategy: pool.strategy,
      nodes: [...pool.backends].map(view),
    }));

    app.get(
      "/nodes/:id",
      { schema: { params: schema.NodeId, response: { 200: schema.Node, 404: schema.Problem } } },
      async ({ params }, reply) => {
        const backend = pool.find(params.id);
        return backend === undefined ? reply.code(404).send(NOBODY) : reply.send(view(backend));
      },
    );

    app.post(
      "/nodes",
      {
        onRequest: mayChange,
        schema: {
          body: schema.NodeAddition,
          response: { 201: schema.Node, 200: schema.Node, 409: schema.Problem },
        },
      },
      async ({ body }, reply) => {
        const address = parseAddress(body.address);
        if (address === undefined) return reply.code(409).send({ error: "not host:port" });
        const outcome = pool.add({ address, weight: body.weight }, "added by an operator");
        const backend = pool.find(formatAddress(address));
        if (outcome === "full" || backend === undefined) return reply.code(409).send({ error: "too many nodes" });
        if (outcome === "known") pool.setWeight(backend, body.weight);
        return reply.code(outcome === "added" ? 201 : 200).send(view(backend));
      },
    );

    app.put(
      "/nodes/:id",
      {
        onRequest: mayChange,
        schema: {
          params: schema.NodeId,
          body: schema.NodeChange,
          response: { 200: schema.Node, 202: schema.Problem, 404: schema.Problem },
        },
      },
      async ({ params, body }, reply) => {
        const backend = pool.find(params.id);
        if (body.state === "up" && backend?.present !== true && pool.hasRemoved(params.id)) {
          pool.restore(params.id);
          return reply.code(202).send({ error: "it comes back when its source names it again" });
        }
        if (backend === undefined) return reply.code(404).send(NOBODY);
        if (body.weight !== undefined) pool.setWeight(backend, body.weight);
        if (body.state === "draining") pool.hold(backend, true, "held by an operator");
        if (body.state === "up") {
          await drains.cancel(backend);
          pool.hold(backend, false, "released by an operator");
        }
        return reply.send(view(backend));
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
        if (backend?.present !== true)
          return pool.hasRemoved(params.id) ? reply.send({ state: "gone" }) : reply.code(404).send(NOBODY);
        const drain = await drains.start(backend, body.overMs ?? drainNodeMs);
        return reply.code(202).send({ state: "draining", drain });
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
          return pool.hasRemoved(params.id) ? reply.send({ state: "gone" }) : reply.code(404).send(NOBODY);
        if (backend.active > 0 && query.force !== "true")
          return reply.code(409).send({ error: `${backend.active} clients are on it; drain it, or use ?force=true` });
        await drains.cancel(backend);
        shedder.cut(backend);
        pool.remove(backend, "removed by an operator");
        return reply.send({ state: "gone" });
      },
    );
  };
}
