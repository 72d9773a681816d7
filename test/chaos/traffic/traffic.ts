import { createHash } from "node:crypto";
import type { Ledger } from "../ledger/ledger.ts";
import type { Random } from "../plan/random.ts";
import { API_KEY } from "../stage/stage.ts";
import type { ForeignShop } from "./foreign-shop.ts";
import { post } from "./http.ts";

const STATUSES = ["placed", "approved", "shipped", "delivered"] as const;
const PAUSE_MS = { first: 100, last: 500 } as const;
const RETRY_MS = { first: 50, last: 600 } as const;
/** Of every so many events one is published again on purpose. */
const AGAIN = 0.15;

export interface TrafficOptions {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly customers: readonly string[];
  readonly segments: readonly string[];
  readonly foreign: ForeignShop;
  readonly producerUrl: string;
  readonly apiUrl: string;
  /** Orders under way in each shop at a time. */
  readonly orders: number;
}

/** Steady orders and promotions by every way there is. Whoever got no answer asks again, with the same id. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #running: Array<Promise<void>> = [];
  #stopped = false;
  #gaveUp = false;
  #count = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { orders } = options;
    for (let index = 0; index < orders; index += 1) {
      this.#running.push(this.#forEver(() => this.#foreignOrder()));
      this.#running.push(this.#forEver(() => this.#producerOrder()));
    }
    this.#running.push(this.#forEver(() => this.#apiNotice()));
    this.#running.push(this.#forEver(() => this.#promotion()));
    this.#running.push(this.#forEver(() => this.#poison()));
  }

  /** Begins nothing more; resolves once what was begun is accepted, or `withinMs` is over. Answers how many were left. */
  async stop(withinMs: number): Promise<number> {
    this.#stopped = true;
    let left = this.#running.length;
    for (const one of this.#running) void one.then(() => (left -= 1));
    const late = setTimeout(() => {
      this.#gaveUp = true;
    }, withinMs);
    await Promise.all(this.#running);
    clearTimeout(late);
    return this.#gaveUp ? 1 : 0;
  }

  async #forEver(one: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await one();
      await this.#pause(PAUSE_MS);
    }
  }

  async #foreignOrder(): Promise<void> {
    const { random, customers } = this.#options;
    const customerId = random.pick(customers);
    const orderId = this.#name("f");
    for (const [index, status] of STATUSES.entries()) {
      const version = index + 1;
      const id = `${orderId}.${version}`;
      this.#offer(id, { channel: `orders:user#${customerId}`, order: { subject: orderId, version } }, "amqp");
      const data = { orderId, customerId, status, version, at: new Date().toISOString() };
      await this.#accepted(id, () => this.#put(`order.${orderId}`, id, "order.status", data));
      if (this.#stopped) return;
      await this.#pause(PAUSE_MS);
    }
  }

  async #producerOrder(): Promise<void> {
    const { ledger, random, customers, producerUrl } = this.#options;
    const began = Date.now();
    const customerId = random.pick(customers);
    const orderId = this.#name("p");
    for (const [index, status] of STATUSES.entries()) {
      const version = index + 1;
      const id = `${orderId}.${version}`;
      this.#offer(id, { channel: `orders:user#${customerId}`, order: { subject: orderId, version } }, "shop");
      const ask = () =>
        index === 0
          ? post(`${producerUrl}/orders`, { orderId, customerId }, {})
          : post(`${producerUrl}/orders/${orderId}/status`, { status }, { "idempotency-key": id });
      const known = await this.#accepted(id, async () => {
        const { status: code } = await ask();
        // Redis has lost the shop's own data, and with it the order or the step before.
        if ((code === 404 || code === 409) && index > 0 && ledger.storeLosses.some(({ at }) => at > began))
          return false;
        if (code !== 200 && code !== 201) throw new Error(`answered ${code}`);
        return true;
      });
      if (!known || this.#stopped) return;
      await this.#pause(PAUSE_MS);
    }
  }

  /** A note to one customer through the server API, often asked for twice with the same key. */
  async #apiNotice(): Promise<void> {
    const { random, customers, apiUrl } = this.#options;
    const id = this.#name("n");
    const channel = `orders:user#${random.pick(customers)}`;
    this.#offer(id, { channel }, "api");
    await this.#accepted(id, async () => {
      const { body } = await post(
        `${apiUrl}/publish`,
        { channel, data: { id, text: "Your parcel is on its way" }, idempotency_key: id },
        { "x-api-key": API_KEY },
      );
      const { result } = (body ?? {}) as { readonly result?: { readonly epoch: string; readonly offset: number } };
      if (result === undefined) throw new Error("refused");
      this.#options.ledger.places(channel).heardOf(result.epoch, Date.now());
      this.#options.ledger.places(channel).saw(id, result);
    });
  }

  async #promotion(): Promise<void> {
    const { random, segments, producerUrl } = this.#options;
    const segment = random.pick(segments);
    const channel = segment === "all" ? "promo:all" : `promo:seg-${segment}`;
    const key = this.#name("s");
    const text = { title: `Sale ${key}`, body: "Everything must go" };
    if (random.chance(0.5)) {
      const id = `promo-${createHash("sha256").update(key).digest("hex").slice(0, 24)}`;
      this.#offer(id, { channel }, "shop");
      await this.#accepted(id, async () => {
        const { status } = await post(`${producerUrl}/promos`, { segment, ...text }, { "idempotency-key": key });
        if (status !== 202) throw new Error(`answered ${status}`);
      });
    } else {
      this.#offer(key, { channel }, "amqp");
      const data = { segment, ...text, at: new Date().toISOString() };
      await this.#accepted(key, () => this.#put(`promo.${segment}`, key, "promo.published", data));
    }
    await this.#pause(PAUSE_MS);
  }

  async #poison(): Promise<void> {
    const id = this.#name("x");
    this.#offer(id, {}, "amqp");
    await this.#accepted(id, () => this.#options.foreign.publish(`order.${id}`, `${id} is no JSON {`));
    for (let count = 0; count < 8 && !this.#stopped; count += 1) await this.#pause(PAUSE_MS);
  }

  #put(routingKey: string, id: string, type: string, data: object): Promise<void> {
    const event = { specversion: "1.0", id, source: "a-foreign-shop", type, time: new Date().toISOString(), data };
    return this.#options.foreign.publish(routingKey, JSON.stringify(event));
  }

  /** Asks until it is accepted, and now and then once more. False where the asked says that it never will be. */
  async #accepted(id: string, ask: () => Promise<unknown>): Promise<boolean> {
    const { ledger, random } = this.#options;
    for (let again = random.chance(AGAIN) ? 2 : 1; again > 0; ) {
      try {
        if ((await ask()) === false) return false;
        ledger.accept(id, Date.now());
        again -= 1;
      } catch {
        // No answer, or a refusal for now: the same again.
        if (this.#gaveUp) return false;
        await this.#pause(RETRY_MS);
      }
    }
    return true;
  }

  #offer(
    id: string,
    what: { readonly channel?: string; readonly order?: { readonly subject: string; readonly version: number } },
    way: "amqp" | "shop" | "api",
  ): void {
    this.#options.ledger.offer({ id, way, at: Date.now(), channel: undefined, ...what });
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count.toString(36)}`;
  }

  #pause({ first, last }: { readonly first: number; readonly last: number }): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#options.random.whole(first, last)));
  }
}
