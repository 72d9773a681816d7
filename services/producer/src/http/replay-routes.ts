import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Shop } from "../orders/shop.ts";
import { ReplayBatch, ReplayId } from "../replay/batch.ts";
import { progressOf, takeBatch } from "../replay/intake.ts";
import type { OrderStore } from "../store/order-store.ts";
import { ReplayState } from "../store/replay-log.ts";
import { BadRequest, FULL, Problem, RETRY_AFTER_S } from "./answers.ts";

const Taken = z.object({
  position: z.number(),
  repeated: z.number(),
  refused: z.array(z.object({ index: z.number(), reason: z.string() })),
});
const Elsewhere = Problem.extend({ position: z.number() });

/** How the replay command hands its steps over. */
export function replayRoutes(shop: Shop, store: OrderStore): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/replay/steps",
      { schema: { body: ReplayBatch, response: { 200: Taken, 400: BadRequest, 409: Elsewhere, 503: Problem } } },
      async ({ body }, reply) => {
        const intake = await takeBatch(shop, store, body);
        switch (intake.kind) {
          case "taken":
            return reply.send({ position: intake.position, repeated: intake.repeated, refused: intake.refused });
          case "elsewhere":
            return reply.code(409).send({ error: "the replay stands elsewhere", position: intake.position });
          case "full":
            return reply.code(503).header("retry-after", RETRY_AFTER_S).send(FULL);
          default:
            return intake satisfies never;
        }
      },
    );
    app.get(
      "/replay/:id",
      { schema: { params: z.object({ id: ReplayId }), response: { 200: ReplayState, 400: BadRequest, 404: Problem } } },
      async ({ params }, reply) => {
        const state = await progressOf(store, params.id);
        return state === undefined ? reply.code(404).send({ error: "no such replay" }) : reply.send(state);
      },
    );
  };
}
