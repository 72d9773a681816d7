import { OrderStatus, SafeId, Time } from "@bellwire/events";
import { z } from "zod";

/** The longest order id here: with `.` and the version it is an event id, of which 128 characters are allowed. */
export const MAX_ORDER_ID = 112;
export const OrderId = SafeId.max(MAX_ORDER_ID, `must be at most ${MAX_ORDER_ID} characters`);

/** The most items of one order. */
export const MAX_ITEMS = 50;
export const Item = z.object({
  name: z.string().min(1).max(200),
  quantity: z.number().int().min(1).max(10_000).default(1),
  price: z.number().min(0).max(1e9).optional(),
});
export type Item = z.infer<typeof Item>;

/** One step that an order has taken. */
export const OrderStep = z.object({
  status: OrderStatus,
  version: z.number().int().min(1),
  at: Time,
  reason: z.string().optional(),
});
export type OrderStep = z.infer<typeof OrderStep>;

/** An order with its steps, oldest first. */
export const Order = z.object({
  orderId: z.string(),
  customerId: z.string(),
  status: OrderStatus,
  version: z.number().int().min(1),
  items: z.array(Item),
  steps: z.array(OrderStep),
});
export type Order = z.infer<typeof Order>;

/** The id of the event that tells of an order's step: the same step is the same event, however often it is published. */
export function eventIdOf(orderId: string, version: number): string {
  return `${orderId}.${version}`;
}
