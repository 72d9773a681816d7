import { SafeId } from "@bellwire/events";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { CustomerSummary } from "../orders/customer.ts";
import type { OrderStore } from "../store/order-store.ts";
import { BadRequest, Orders } from "./answers.ts";

const Customers = z.object({ customers: z.array(CustomerSummary) });

const bounded = (fallback: number, max: number) =>
  z.object({ limit: z.coerce.number().int().min(1).max(max).default(fallback) });

/** Who has ordered, and what: for pages that show it. */
export function customerRoutes(store: OrderStore): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/customers",
      { schema: { querystring: bounded(50, 1_000), response: { 200: Customers, 400: BadRequest } } },
      async ({ query }) => ({ customers: [...(await store.customers(query.limit))] }),
    );
    app.get(
      "/customers/:id/orders",
      {
        schema: {
          params: z.object({ id: SafeId }),
          querystring: bounded(20, 100),
          response: { 200: Orders, 400: BadRequest },
        },
      },
      async ({ params, query }) => ({ orders: [...(await store.ordersOf(params.id, query.limit))] }),
    );
  };
}
