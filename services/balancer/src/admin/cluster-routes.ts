import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { writeOrder } from "../standing/order.ts";
import type { AdminParts } from "./parts.ts";
import * as schema from "./schemas.ts";

/** What concerns all nodes: the strategy, the balance between them, and why each client was given its node. */
export function clusterRoutes({ pool, controls, sticky, mayRead, mayChange }: AdminParts): FastifyPluginAsyncZod {
  const { choices, rebalancer, standing } = controls;
  return async (app) => {
    app.get("/strategy", { schema: { response: { 200: schema.StrategyChoice } } }, () => ({ strategy: pool.strategy }));

    app.put(
      "/strategy",
      {
        onRequest: mayChange,
        schema: { body: schema.StrategyChoice, response: { 200: schema.StrategyChoice, 503: schema.Problem } },
      },
      async ({ body: { strategy } }) => {
        await standing.give({ orders: [{ kind: "strategy", strategy }] });
        return { strategy: pool.strategy };
      },
    );

    app.get("/orders", { schema: { response: { 200: schema.Orders } } }, () => ({
      shared: standing.shared,
      orders: standing.all.map(writeOrder).map(([order, text]) => ({ order, text })),
    }));

    app.get("/rebalance", { schema: { response: { 200: schema.Rebalance } } }, () => rebalancer.view);

    app.post(
      "/rebalance",
      {
        onRequest: mayChange,
        schema: { body: schema.RebalanceOrder, response: { 202: schema.Rebalance, 409: schema.Problem } },
      },
      async ({ body: { perSecond, tolerance } }, reply) => {
        if (sticky || pool.strategy === "source-hash")
          return reply
            .code(409)
            .send({ error: "clients stick to their nodes: who is sent away comes back to the same" });
        const rules = { ...(perSecond !== undefined && { perSecond }), ...(tolerance !== undefined && { tolerance }) };
        return reply.code(202).send(rebalancer.start(rules, "asked for by an operator"));
      },
    );

    app.get(
      "/choices",
      { onRequest: mayRead, schema: { querystring: schema.ChoicesQuery, response: { 200: schema.Choices } } },
      ({ query }) => ({
        choices: choices.latest(query.limit).map((choice) => ({ ...choice, candidates: [...choice.candidates] })),
      }),
    );
  };
}
