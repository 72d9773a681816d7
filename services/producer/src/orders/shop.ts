import type { Advanced, OrderStore } from "../store/order-store.ts";
import type { CustomerFacts } from "./customer.ts";
import type { Item, OrderStep } from "./order.ts";
import type { NewPromo } from "./promo.ts";

/** What the shop does, for the HTTP API, the simulator and the replay alike. Rejects when the store cannot be reached. */
export interface Shop {
  /** Creates an order; one that exists with the same customer and was placed here is answered as `repeated`. */
  place(order: {
    readonly customerId: string;
    readonly orderId?: string;
    readonly items?: readonly Item[];
    readonly customer?: CustomerFacts;
  }): Promise<Advanced>;
  /** Takes the next step. `token` makes repeating the request harmless. */
  move(step: Move): Promise<Advanced>;
  /** Takes a step of a recorded history, which may skip stations and says its own version and time. */
  record(step: RecordedStep): Promise<Advanced>;
  promote(promo: Omit<NewPromo, "id" | "at"> & { readonly id?: string }): Promise<Promoted>;
}

export type Move = Pick<OrderStep, "status"> & {
  readonly orderId: string;
  readonly reason?: string | undefined;
  readonly token?: string | undefined;
};

/** A step of a recorded history. */
export interface RecordedStep {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStep["status"];
  readonly version: number;
  readonly at: string;
  readonly reason?: string | undefined;
}

export interface Promoted {
  readonly kind: "added" | "repeated" | "full";
  readonly id: string;
}

export interface ShopParts {
  readonly store: OrderStore;
  /** ms since 1970. */
  readonly now: () => number;
  /** A new id, unique in the world. */
  readonly newId: () => string;
  /** Called after each write. */
  readonly wake: () => void;
}

export function createShop({ store, now, newId, wake }: ShopParts): Shop {
  const at = () => new Date(now()).toISOString();
  const woken = <Outcome>(outcome: Outcome): Outcome => {
    wake();
    return outcome;
  };
  return {
    async place({ orderId = newId(), items = [], ...whose }) {
      const step = { status: "placed", at: at(), rules: "strict", token: "placed here" } as const;
      return woken(await store.advance({ ...step, ...whose, orderId, items }));
    },
    async move({ orderId, status, reason, token = newId() }) {
      const why =
        status === "cancelled" ? { reason: reason ?? "no reason given" } : reason === undefined ? {} : { reason };
      return woken(await store.advance({ orderId, status, at: at(), rules: "strict", token, ...why }));
    },
    async record({ reason, ...step }) {
      const token = `recorded ${step.version} ${step.status} ${step.at}`;
      const why = reason === undefined ? {} : { reason };
      return woken(await store.advance({ ...step, ...why, rules: "replay", token }));
    },
    async promote({ id = newId(), ...promo }) {
      return { id, kind: woken(await store.promote({ id, at: at(), ...promo })) };
    },
  };
}
