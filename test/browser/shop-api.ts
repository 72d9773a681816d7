import { expect } from "vitest";
import type { Cluster } from "../cluster/cluster.ts";

/** A customer as the shop's API takes it. */
export interface Buyer {
  readonly customerId: string;
  readonly customer?: { readonly name?: string; readonly segment?: string };
}

const onward = ["approved", "shipped", "delivered"] as const;
export const wholeWay = ["placed", ...onward] as const;

/** The shop's own side: its HTTP API, as its clerks use it. Every refusal fails the test. */
export class ShopApi {
  readonly #url: string;

  constructor(cluster: Cluster) {
    this.#url = cluster.producerUrl;
  }

  place(buyer: Buyer, orderId: string, items: readonly object[] = []): Promise<void> {
    return this.#post("/orders", { ...buyer, orderId, items });
  }

  move(orderId: string, status: string, reason?: string): Promise<void> {
    return this.#post(`/orders/${orderId}/status`, { status, ...(reason === undefined ? {} : { reason }) });
  }

  /** Places an order and takes it all the way, one step after another. */
  async deliver(buyer: Buyer, orderId: string, items: readonly object[] = []): Promise<void> {
    await this.place(buyer, orderId, items);
    for (const status of onward) await this.move(orderId, status);
  }

  promote(promotion: { readonly segment?: string; readonly title: string; readonly body: string }): Promise<void> {
    return this.#post("/promos", promotion);
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await fetch(this.#url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    expect(answer.ok, `POST ${path}: ${answer.status} ${text}`).toBe(true);
  }
}
