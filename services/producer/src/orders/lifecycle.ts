import { ORDER_STATUSES, type OrderStatus } from "@bellwire/events";

/** Where an order stands; `new` is before its first step. */
export type Station = "new" | OrderStatus;

/** Which moves count as legal: a shop's own (`strict`), or also the skips of a history in which a step may be missing. */
export type Rules = "strict" | "replay";

interface Moves {
  /** The next steps. */
  readonly next: readonly OrderStatus[];
  /** Forward moves over missing steps, legal in a replay only. */
  readonly skip: readonly OrderStatus[];
}

/** The whole life of an order. What is not here cannot happen. */
const MOVES = {
  new: { next: ["placed"], skip: ["approved", "shipped", "delivered"] },
  placed: { next: ["approved", "cancelled"], skip: ["shipped", "delivered"] },
  approved: { next: ["shipped", "cancelled"], skip: ["delivered"] },
  shipped: { next: ["delivered", "cancelled"], skip: [] },
  delivered: { next: [], skip: [] },
  cancelled: { next: [], skip: [] },
} as const satisfies Record<Station, Moves>;

/** The steps that may follow. */
export function legalSteps(from: Station, rules: Rules): readonly OrderStatus[] {
  const { next, skip } = MOVES[from];
  return rules === "strict" ? next : [...next, ...skip];
}

/** Whether `to` may follow `from`. */
export function isLegal(from: Station, to: OrderStatus, rules: Rules): boolean {
  return legalSteps(from, rules).includes(to);
}

/** The stations that `to` may follow. */
export function predecessors(to: OrderStatus, rules: Rules): readonly Station[] {
  return (["new", ...ORDER_STATUSES] as const).filter((from) => isLegal(from, to, rules));
}

/** Whether nothing can follow any more. */
export function isFinal(station: Station): boolean {
  return legalSteps(station, "replay").length === 0;
}
