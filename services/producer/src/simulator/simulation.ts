import type { OrderStatus } from "@bellwire/events";
import { isFinal, legalSteps } from "../orders/lifecycle.ts";
import type { Item } from "../orders/order.ts";
import { CAMPAIGNS, CANCEL_REASONS, type Campaign, GOODS, PEOPLE, type Person } from "./people.ts";

/** What the simulated shop does next. */
export type Deed =
  | ({ readonly kind: "place"; readonly orderId: string; readonly items: readonly Item[] } & Person)
  | { readonly kind: "step"; readonly orderId: string; readonly status: OrderStatus; readonly reason?: string }
  | ({ readonly kind: "promo" } & Campaign);

interface LiveOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** When the next step is due, ms. */
  readonly dueAt: number;
}

export interface SimulationOptions {
  /** Events per second, on average and once the shop has warmed up. */
  readonly rate: number;
  /** Orders on their way at once; while there are so many, none is placed. */
  readonly maxLive: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly newOrderId: () => string;
}

/** How long an order usually stays where it is, ms. */
const STAY_MS = { placed: 4_000, approved: 7_000, shipped: 12_000 } as const;
const CANCEL_CHANCE = 0.04;
/** An order makes about so many events. */
const EVENTS_PER_ORDER = 3.9;
const PROMO_EVERY_MS = 45_000;
/** Orders a single call places at most, however long the last one was ago. */
const MAX_BURST = 100;

/** Decides what a believable shop does, and does none of it: time and chance are given, so that a test can hold them. */
export class Simulation {
  readonly #options: SimulationOptions;
  #live: LiveOrder[] = [];
  #last: number | undefined;
  #owed = 0;
  #promoAt: number | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  get live(): number {
    return this.#live.length;
  }

  /** Everything that is due by `now`, ms. The first call places a few orders, so that no page is empty. */
  due(now: number): readonly Deed[] {
    return [...this.#steps(now), ...this.#placements(now), ...this.#promos(now)];
  }

  #steps(now: number): Deed[] {
    const due = this.#live.filter((order) => order.dueAt <= now);
    const waiting = this.#live.filter((order) => order.dueAt > now);
    const moved = due.map((order) => ({ ...order, ...this.#next(order.status), dueAt: now }));
    this.#live = [
      ...waiting,
      ...moved
        .filter(({ status }) => !isFinal(status))
        .map((order) => ({ ...order, dueAt: now + this.#stay(order.status) })),
    ];
    return moved.map(({ orderId, status, reason }) => ({
      kind: "step",
      orderId,
      status,
      ...(reason === undefined ? {} : { reason }),
    }));
  }

  #next(from: OrderStatus): { readonly status: OrderStatus; readonly reason?: string } {
    const [onward] = legalSteps(from, "strict");
    if (onward === undefined || this.#options.random() < CANCEL_CHANCE)
      return { status: "cancelled", reason: this.#pick(CANCEL_REASONS) };
    return { status: onward };
  }

  #placements(now: number): Deed[] {
    const wanted = this.#last === undefined ? PEOPLE.length / 2 : this.#owing(now - this.#last);
    this.#last = now;
    const count = Math.min(wanted, MAX_BURST, this.#options.maxLive - this.#live.length);
    return Array.from({ length: Math.max(0, count) }, () => {
      const orderId = this.#options.newOrderId();
      this.#live.push({ orderId, status: "placed", dueAt: now + this.#stay("placed") });
      return { kind: "place", orderId, ...this.#pick(PEOPLE), items: [this.#pick(GOODS)] };
    });
  }

  /** Orders are owed in fractions: whole ones are placed, the rest is kept. */
  #owing(elapsedMs: number): number {
    this.#owed += (elapsedMs / 1_000) * (this.#options.rate / EVENTS_PER_ORDER) * (0.5 + this.#options.random());
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    return whole;
  }

  #promos(now: number): Deed[] {
    const due = this.#promoAt !== undefined && now >= this.#promoAt;
    if (due || this.#promoAt === undefined) this.#promoAt = now + PROMO_EVERY_MS * (0.5 + this.#options.random());
    return due ? [{ kind: "promo", ...this.#pick(CAMPAIGNS) }] : [];
  }

  #stay(status: OrderStatus): number {
    const usual = status === "placed" || status === "approved" || status === "shipped" ? STAY_MS[status] : 0;
    return usual * (0.5 + this.#options.random());
  }

  #pick<Thing>(things: readonly Thing[]): Thing {
    const thing = things[Math.floor(this.#options.random() * things.length)];
    if (thing === undefined) throw new Error("nothing to pick from");
    return thing;
  }
}
