import { OrderStatus, SafeId } from "@bellwire/events";
import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { CustomerFacts } from "../orders/customer.ts";
import { Item, MAX_ITEMS, Order, OrderId } from "../orders/order.ts";
import type { Shop } from "../orders/shop.ts";
import type { Advanced, OrderStore } from "../store/order-store.ts";
import { BadRequest, IllegalStep, Problem, RETRY_AFTER_S, refusalOf } from "./answers.ts";
import { IdempotencyHeader, idOf } from "./idempotency.ts";

const NewOrder = z.object({
  customerId: SafeId,
  customer: CustomerFacts.optional().describe("What is new about the customer; what is left out stays as it was"),
  orderId: OrderId.optional().describe("Chosen by the caller: the same order again is answered with 200"),
  items: z.array(Item).max(MAX_ITEMS).optional(),
});

const NewStatus = z.object({ status: OrderStatus, reason: z.string().min(1).max(1_024).optional() });

const refusals = { 400: BadRequest, 409: z.union([IllegalStep, Problem]), 503: Problem };

/** Orders: place one, take its next step, look at it. */
export function orderRoutes(shop: Shop, store: OrderStore): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/orders",
      { schema: { body: NewOrder, headers: IdempotencyHeader, response: { 200: Order, 201: Order, ...refusals } } },
      async ({ body, headers }, reply) => {
        const orderId = body.orderId ?? idOf(headers, "o-");
        const { customerId, customer = {}, items = [] } = body;
        const placed = await shop.place({ customerId, customer, items, ...(orderId === undefined ? {} : { orderId }) });
        return answer(reply, placed, 201);
      },
    );
    app.post(
      "/orders/:id/status",
      {
        schema: {
          params: z.object({ id: OrderId }),
          body: NewStatus,
          headers: IdempotencyHeader,
          response: { 200: Order, 404: Problem, ...refusals },
        },
      },
      async ({ params, body, headers }, reply) =>
        answer(reply, await shop.move({ orderId: params.id, ...body, token: idOf(headers, "key-") }), 200),
    );
    app.get(
      "/orders/:id",
      { schema: { params: z.object({ id: OrderId }), response: { 200: Order, 400: BadRequest, 404: Problem } } },
      async ({ params }, reply) => {
        const order = await store.order(params.id);
        return order === undefined ? reply.code(404).send({ error: "no such order" }) : reply.send(order);
      },
    );
  };
}

function answer(reply: FastifyReply, outcome: Advanced, created: 200 | 201) {
  switch (outcome.kind) {
    case "applied":
      return reply.code(created).send(outcome.order);
    case "repeated":
      return reply.code(200).send(outcome.order);
    default: {
      const { code, body } = refusalOf(outcome);
      if (code === 503) reply.header("retry-after", RETRY_AFTER_S);
      return reply.code(code).send(body);
    }
  }
}
