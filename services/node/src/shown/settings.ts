import { z } from "zod";

const DAY_MS = 86_400_000;

/** Proof of display: clients say what they have shown, and the shop may ask, or be told. */
export const ShownSettings = z
  .strictObject({
    namespaces: z.array(z.string().max(64)).min(1).max(64).default(["orders"]).describe("Where clients may say so."),
    events: z.boolean().default(false).describe("Whether the shop is told on the exchange bellwire.seen."),
    unseenAfterMs: z
      .number()
      .int()
      .min(1_000)
      .max(30 * DAY_MS)
      .optional()
      .describe("After so long the shop is told that nobody saw a version; absent: it is not."),
  })
  .refine(({ events, unseenAfterMs }) => events || unseenAfterMs === undefined, "unseenAfterMs needs events")
  .describe("Proof of display; absent: off.");

export type ShownSettings = z.infer<typeof ShownSettings>;
