import type { OrderStatus } from "@bellwire/events";
import type { CustomerFacts, CustomerSummary } from "../orders/customer.ts";
import type { Rules } from "../orders/lifecycle.ts";
import type { Item, Order } from "../orders/order.ts";
import type { NewPromo } from "../orders/promo.ts";
import type { Outbox } from "./outbox.ts";
import type { ReplayLog } from "./replay-log.ts";

/** One step of an order, to be taken once. */
export interface Advance {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly at: string;
  readonly reason?: string;
  readonly rules: Rules;
  /** Names this request: a second one with the same token on the same order changes nothing. */
  readonly token: string;
  /** Given: the order must be this customer's, and a new one is created. */
  readonly customerId?: string;
  readonly items?: readonly Item[];
  /** What is new about the customer; kept with the step that is applied. */
  readonly customer?: CustomerFacts;
  /** Given: the step's version, which must be greater than the last; otherwise it is the last plus one. */
  readonly version?: number;
}

/**
 * - `applied`: the step was taken, and its event is in the outbox.
 * - `repeated`: the token was seen; nothing was written.
 * - `illegal`: the step may not follow where the order stands (`order` is absent for one that does not exist).
 * - `unknown`: no such order. `taken`: it is another customer's. `full`: the outbox is; try later.
 */
export type Advanced =
  | { readonly kind: "applied" | "repeated"; readonly order: Order }
  | { readonly kind: "illegal"; readonly order?: Order }
  | { readonly kind: "unknown" | "taken" | "full" };

/** The bounds of a store. */
export interface StoreLimits {
  /** Events that wait to be published; beyond, writes answer `full`. */
  readonly maxOutbox: number;
  /** The newest orders of a customer that are kept; beyond, the oldest finished one is forgotten, else the oldest. */
  readonly ordersPerCustomer: number;
  /** Beyond, the customer who was quiet the longest is forgotten with all orders, name and segment. */
  readonly maxCustomers: number;
}

export const DEFAULT_STORE_LIMITS: StoreLimits = { maxOutbox: 100_000, ordersPerCustomer: 50, maxCustomers: 200_000 };

/**
 * The shop's state. Each write is one atomic step over an order and the outbox, and may be sent twice.
 * Rejects when the store cannot be reached; the write may then have happened.
 */
export interface OrderStore {
  readonly outbox: Outbox;
  readonly replays: ReplayLog;
  advance(step: Advance): Promise<Advanced>;
  promote(promo: NewPromo): Promise<"added" | "repeated" | "full">;
  order(orderId: string): Promise<Order | undefined>;
  /** At most `limit` customers, the one with the latest step first. */
  customers(limit: number): Promise<readonly CustomerSummary[]>;
  /** At most `limit` orders of a customer, the newest first. */
  ordersOf(customerId: string, limit: number): Promise<readonly Order[]>;
}
