import type { CustomerFacts, CustomerSummary } from "../orders/customer.ts";
import { isFinal, isLegal } from "../orders/lifecycle.ts";
import type { Order, OrderStep } from "../orders/order.ts";
import type { NewPromo } from "../orders/promo.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { type Advance, type Advanced, DEFAULT_STORE_LIMITS, type OrderStore, type StoreLimits } from "./order-store.ts";
import type { ReplayLog, ReplayState } from "./replay-log.ts";

/** The shop's state in this process: gone when it ends. */
export function createMemoryOrderStore(limits: Partial<StoreLimits> = {}): OrderStore {
  return new MemoryOrderStore({ ...DEFAULT_STORE_LIMITS, ...limits });
}

interface Kept {
  readonly order: Order;
  readonly tokens: ReadonlySet<string>;
}

interface KeptCustomer {
  /** Ids by birth. */
  readonly orders: string[];
  readonly facts: CustomerFacts;
}

/** Replays and promotions that are remembered at most; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

class MemoryOrderStore implements OrderStore {
  readonly outbox = new MemoryOutbox();
  readonly replays: ReplayLog;
  readonly #limits: StoreLimits;
  readonly #orders = new Map<string, Kept>();
  /** By their latest step. */
  readonly #customers = new Map<string, KeptCustomer>();
  readonly #promos = new Set<string>();

  constructor(limits: StoreLimits) {
    this.#limits = limits;
    const states = new Map<string, ReplayState>();
    this.replays = {
      load: async (replayId) => states.get(replayId),
      save: async (replayId, state) => {
        states.set(replayId, state);
        dropOldest(states);
      },
    };
  }

  async advance(step: Advance): Promise<Advanced> {
    const kept = this.#orders.get(step.orderId);
    const customerId = kept?.order.customerId ?? step.customerId;
    if (customerId === undefined) return { kind: "unknown" };
    if (step.customerId !== undefined && step.customerId !== customerId) return { kind: "taken" };
    if (kept?.tokens.has(step.token)) return { kind: "repeated", order: kept.order };
    const version = step.version ?? (kept?.order.version ?? 0) + 1;
    if (!mayFollow(kept?.order, step, version))
      return kept ? { kind: "illegal", order: kept.order } : { kind: "illegal" };
    if (this.outbox.size >= this.#limits.maxOutbox) return { kind: "full" };
    return { kind: "applied", order: this.#write(step, customerId, version) };
  }

  async promote(promo: NewPromo): Promise<"added" | "repeated" | "full"> {
    if (this.#promos.has(promo.id)) return "repeated";
    if (this.outbox.size >= this.#limits.maxOutbox) return "full";
    this.#promos.add(promo.id);
    dropOldest(this.#promos);
    this.outbox.add({ kind: "promo", ...promo });
    return "added";
  }

  async order(orderId: string): Promise<Order | undefined> {
    return this.#orders.get(orderId)?.order;
  }

  async customers(limit: number): Promise<readonly CustomerSummary[]> {
    const latestFirst = [...this.#customers].reverse().slice(0, limit);
    return latestFirst.map(([customerId, { orders, facts }]) => ({ customerId, ...facts, orders: orders.length }));
  }

  async ordersOf(customerId: string, limit: number): Promise<readonly Order[]> {
    const newestFirst = [...(this.#customers.get(customerId)?.orders ?? [])].reverse().slice(0, limit);
    return newestFirst.map((id) => this.#orders.get(id)?.order).filter((order) => order !== undefined);
  }

  #write(step: Advance, customerId: string, version: number): Order {
    const kept = this.#orders.get(step.orderId);
    const { orderId, status, at, reason } = step;
    const told = reason === undefined || reason === "" ? {} : { reason };
    const taken: OrderStep = { status, version, at, ...told };
    const items = kept?.order.items ?? [...(step.items ?? [])];
    const order: Order = { orderId, customerId, status, version, items, steps: [...(kept?.order.steps ?? []), taken] };
    this.#orders.set(orderId, { order, tokens: new Set([...(kept?.tokens ?? []), step.token]) });
    const mine = this.#touch(customerId, step.customer);
    if (kept === undefined) {
      mine.push(orderId);
      this.#forgetBeyondLimits(mine, orderId);
    }
    this.outbox.add({ kind: "order", orderId, customerId, status, version, at, ...told });
    return order;
  }

  /** Makes the customer the one with the latest step; answers their orders. */
  #touch(customerId: string, told: CustomerFacts = {}): string[] {
    const { orders = [], facts = {} } = this.#customers.get(customerId) ?? {};
    this.#customers.delete(customerId);
    this.#customers.set(customerId, { orders, facts: { ...facts, ...told } });
    return orders;
  }

  #forgetBeyondLimits(mine: string[], newest: string): void {
    if (mine.length > this.#limits.ordersPerCustomer) {
      const finished = mine.findIndex(
        (id) => id !== newest && isFinal(this.#orders.get(id)?.order.status ?? "delivered"),
      );
      for (const id of mine.splice(Math.max(finished, 0), 1)) this.#orders.delete(id);
    }
    const [quiet] = this.#customers.keys();
    if (this.#customers.size <= this.#limits.maxCustomers || quiet === undefined) return;
    for (const id of this.#customers.get(quiet)?.orders ?? []) this.#orders.delete(id);
    this.#customers.delete(quiet);
  }
}

function mayFollow(order: Order | undefined, step: Advance, version: number): boolean {
  return version > (order?.version ?? 0) && isLegal(order?.status ?? "new", step.status, step.rules);
}

function dropOldest(remembered: Map<string, unknown> | Set<string>): void {
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}
