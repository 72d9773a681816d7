import { hasHole, latest, mergeOrders, type Order } from "./order.ts";

/** More orders are not kept: the oldest go. */
export const MAX_ORDERS = 200;

/**
 * What a part of an order's life changed: `new` order, `moved` to a newer step, `filled` in something older, or
 * `known` already. `hole` tells that a step in between is missing, so the order must be loaded.
 */
export interface Change {
  readonly kind: "new" | "moved" | "filled" | "known";
  readonly hole: boolean;
}

/** One customer's orders, merged from loaded state and live events in whatever order these come. */
export class OrderBook {
  readonly #orders = new Map<string, Order>();
  #dropped = 0;

  /** How many orders did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  get(orderId: string): Order | undefined {
    return this.#orders.get(orderId);
  }

  merge(part: Order): Change {
    const known = this.#orders.get(part.orderId);
    const merged = known === undefined ? part : mergeOrders(known, part);
    this.#orders.set(part.orderId, merged);
    if (known === undefined) this.#bound();
    return { kind: changeBetween(known, merged), hole: hasHole(merged) };
  }

  /** Newest first, by the time of the first step. */
  newestFirst(): readonly Order[] {
    return [...this.#orders.values()].sort(byAge);
  }

  #bound(): void {
    if (this.#orders.size <= MAX_ORDERS) return;
    const oldest = this.newestFirst().at(-1);
    if (oldest !== undefined) this.#orders.delete(oldest.orderId);
    this.#dropped += 1;
  }
}

function changeBetween(before: Order | undefined, after: Order): Change["kind"] {
  if (before === undefined) return "new";
  if (latest(after).version > latest(before).version) return "moved";
  return after.steps.length > before.steps.length ? "filled" : "known";
}

const byAge = (one: Order, other: Order): number =>
  Date.parse(other.steps[0].at) - Date.parse(one.steps[0].at) || one.orderId.localeCompare(other.orderId);
