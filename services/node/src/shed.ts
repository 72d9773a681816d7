import type { ShedPlan } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { createKeyCheck } from "./api/key.ts";

const MAX_PER_SECOND = 100_000;

const ShedRequest = z.strictObject({
  /** 0 stops what is being shed. */
  count: z.union([z.literal("all"), z.number().int().min(0).max(1_000_000)]),
  perSecond: z.number().min(0.1).max(MAX_PER_SECOND),
  close: z.enum(["shutdown", "forceReconnect"]).default("forceReconnect"),
});

export interface ShedParts {
  readonly hub: {
    readonly connections: number;
    shed(plan: ShedPlan): Promise<number>;
  };
  readonly apiKeys: readonly string[];
  readonly log: Log;
}

/**
 * `POST /shed` with the API key: sends clients elsewhere at a pace, the youngest first, and answers at once how many.
 * A new order takes the place of the one that runs.
 */
export function serveShed(app: FastifyInstance, { hub, apiKeys, log }: ShedParts): void {
  const hasKey = createKeyCheck(apiKeys);
  let running = new AbortController();
  app.post("/shed", async (request, reply) => {
    if (!hasKey(request)) return reply.code(401).send({ error: "the API key is missing or wrong" });
    const order = ShedRequest.safeParse(request.body);
    if (!order.success) return reply.code(400).send({ error: z.prettifyError(order.error) });
    const { count, perSecond, close } = order.data;
    running.abort();
    running = new AbortController();
    const shedding = Math.min(hub.connections, count === "all" ? Number.POSITIVE_INFINITY : count);
    if (shedding > 0) void carryOut({ count: shedding, perSecond, close, until: running.signal });
    return reply.code(202).send({ shedding });
  });

  async function carryOut(plan: ShedPlan): Promise<void> {
    const { count, perSecond, close } = plan;
    log.info({ count, perSecond, close }, "shedding");
    const shed = await hub.shed(plan);
    log.info({ shed, stopped: plan.until.aborted }, "shed");
  }
}
