import { z } from "zod";
import { SafeId, Time } from "./ids.ts";

/** The stations of an order's life. */
export const ORDER_STATUSES = ["placed", "approved", "shipped", "delivered", "cancelled"] as const;
export const OrderStatus = z.enum(ORDER_STATUSES, { error: `must be one of ${ORDER_STATUSES.join(", ")}` });
export type OrderStatus = z.infer<typeof OrderStatus>;

/** The data of an `order.status` event. Further fields travel on to the customer untouched. */
export const OrderStatusData = z.looseObject({
  orderId: SafeId,
  customerId: SafeId,
  status: OrderStatus,
  version: z
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(1, "must be 1 or more")
    .describe("Counts the order's steps; a version that is not greater than the last is dropped"),
  at: Time.optional().describe("When the step happened; the envelope's time stands in for it"),
  reason: z.string().max(1_024, "must be at most 1024 characters").optional(),
});
export type OrderStatusData = z.infer<typeof OrderStatusData>;
