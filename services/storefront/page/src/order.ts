/** An order as the page knows it. */
export type OrderStatus = "placed" | "approved" | "shipped" | "delivered" | "cancelled";

/** One step of an order. Versions count an order's steps from 1. */
export interface Step {
  readonly status: OrderStatus;
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
  /** Why it was cancelled. */
  readonly reason?: string;
}

export interface Item {
  readonly name: string;
  readonly quantity: number;
  /** Of one; undefined when the shop did not say. */
  readonly price: number | undefined;
}

export interface Order {
  readonly orderId: string;
  /** Never empty; by version, without repeats. Versions that are not known yet are missing. */
  readonly steps: readonly [Step, ...Step[]];
  readonly items: readonly Item[];
  /** In `currency`; undefined when the shop did not say. */
  readonly total: number | undefined;
  /** ISO 4217; undefined when the shop did not say. */
  readonly currency: string | undefined;
}

/** The newest step known. */
export const latest = (order: Order): Step => order.steps.at(-1) ?? order.steps[0];

/** True while a step before the newest one is unknown. */
export const hasHole = (order: Order): boolean => order.steps.length < latest(order).version;

/**
 * Everything both know of one order: the union of their steps. In whatever order, and however often, parts of an
 * order's life are merged, the result is the same, and its newest version never steps back.
 */
export function mergeOrders(one: Order, other: Order): Order {
  const steps = new Map(one.steps.map((step) => [step.version, step]));
  for (const step of other.steps) if (!steps.has(step.version)) steps.set(step.version, step);
  const [first, ...rest] = [...steps.values()].sort((a, b) => a.version - b.version);
  return {
    orderId: one.orderId,
    steps: [first ?? one.steps[0], ...rest],
    items: one.items.length > 0 ? one.items : other.items,
    total: one.total ?? other.total,
    currency: one.currency ?? other.currency,
  };
}
