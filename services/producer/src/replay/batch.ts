import { OrderStatus, SafeId, Time } from "@bellwire/events";
import { z } from "zod";
import { OrderId } from "../orders/order.ts";

/** The most rows of one replayed file. */
export const MAX_ROWS = 1_000_000;
/** The most steps of one request. */
export const MAX_BATCH = 500;

const MAX_STEPS = MAX_ROWS * 5;

/** A replay's name: the SHA-256 of its file, in hex. */
export const ReplayId = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex");

/** Steps `from`, `from + 1`… of a replay of `total` steps. */
export const ReplayBatch = z.object({
  replay: ReplayId,
  sequence: z.enum(["file", "time"]),
  total: z.number().int().min(1).max(MAX_STEPS),
  from: z.number().int().min(0).max(MAX_STEPS),
  steps: z
    .array(
      z.object({
        orderId: OrderId,
        customerId: SafeId,
        status: OrderStatus,
        version: z.number().int().min(1).max(5),
        at: Time,
        reason: z.string().max(200).optional(),
      }),
    )
    .min(1)
    .max(MAX_BATCH),
});
export type ReplayBatch = z.infer<typeof ReplayBatch>;
