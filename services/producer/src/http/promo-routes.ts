import { PromoData } from "@bellwire/events";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Shop } from "../orders/shop.ts";
import { BadRequest, FULL, Problem, RETRY_AFTER_S } from "./answers.ts";
import { IdempotencyHeader, idOf } from "./idempotency.ts";

const { segment, title, body } = PromoData.shape;
const NewPromo = z.object({ segment: segment.default("all"), title, body });

/** Promotions to everybody or to a segment. */
export function promoRoutes(shop: Shop): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/promos",
      {
        schema: {
          body: NewPromo,
          headers: IdempotencyHeader,
          response: { 202: z.object({ id: z.string() }), 400: BadRequest, 503: Problem },
        },
      },
      async (request, reply) => {
        const id = idOf(request.headers, "promo-");
        const promoted = await shop.promote({ ...request.body, ...(id === undefined ? {} : { id }) });
        if (promoted.kind === "full") return reply.code(503).header("retry-after", RETRY_AFTER_S).send(FULL);
        return reply.code(202).send({ id: promoted.id });
      },
    );
  };
}
