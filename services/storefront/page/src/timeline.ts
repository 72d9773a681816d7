import { latest, type Order, type OrderStatus } from "./order.ts";

/** A stop on an order's status line. */
export interface Stop {
  readonly status: OrderStatus;
  /** `done` lies behind, `current` is where the order is, `ahead` is to come, `unknown` was passed without a time. */
  readonly state: "done" | "current" | "ahead" | "unknown";
  readonly at: string | undefined;
}

export interface Timeline {
  readonly stops: readonly Stop[];
  /** How far the line is filled, 0 to 1. */
  readonly progress: number;
}

const way = ["placed", "approved", "shipped", "delivered"] as const;

/** The status line of an order. A cancelled order ends where it was: its line holds what was reached, then the end. */
export function timelineOf(order: Order): Timeline {
  const cancelled = order.steps.find((step) => step.status === "cancelled");
  const times = new Map(order.steps.map((step) => [step.status, step.at]));
  const reached = way.findLastIndex((status) => times.has(status));
  const stops = way.map((status, index): Stop => {
    const at = times.get(status);
    if (index > reached) return { status, state: "ahead", at };
    if (at === undefined) return { status, state: "unknown", at };
    return { status, state: index === reached && latest(order).status !== "cancelled" ? "current" : "done", at };
  });
  if (cancelled === undefined) return { stops, progress: Math.max(0, reached) / (way.length - 1) };
  const end: Stop = { status: "cancelled", state: "current", at: cancelled.at };
  return { stops: [...stops.slice(0, reached + 1), end], progress: 1 };
}
