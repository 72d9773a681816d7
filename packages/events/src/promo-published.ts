import { z } from "zod";
import { SafeId, Time } from "./ids.ts";

/** The data of a `promo.published` event. Further fields travel on to the customers untouched. */
export const PromoData = z.looseObject({
  segment: SafeId.describe("`all`, or the name of a customer segment"),
  title: z.string().min(1, "must not be empty").max(256, "must be at most 256 characters"),
  body: z.string().max(16_384, "must be at most 16384 characters"),
  at: Time.optional().describe("When it was published; the envelope's time stands in for it"),
});
export type PromoData = z.infer<typeof PromoData>;
