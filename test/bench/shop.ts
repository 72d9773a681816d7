import { type EncodedEvent, encodeOrderStatus, encodePromo, ORDER_STATUSES } from "@bellwire/events";
import type { EventSink } from "@bellwire/hub";
import { connectEventSink } from "@bellwire/rabbitmq";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import { nowMicros, SENT_AT } from "./crowd-orders.ts";

const SOURCE = "bench";
const STEPS = 4;
/** So that a promotion's frame has the 200 to 300 bytes of the design's figures. */
const PROMO_BODY = "Everything must go: up to half off.";

/** The shop's side in the benchmark's own process: publishes with confirms, as the producer does. Its cost is not counted. */
export class Shop implements AsyncDisposable {
  readonly #sink: EventSink & AsyncDisposable;
  #made = 0;

  private constructor(sink: EventSink & AsyncDisposable) {
    this.#sink = sink;
  }

  static async open({ amqpUrl, prefix }: ClusterUnderTest): Promise<Shop> {
    const warn = (fields: object, message: string) => console.error("bench: shop:", message, fields);
    const log = { info: () => undefined, warn, error: warn };
    return new Shop(await connectEventSink({ urls: [amqpUrl], prefix, log }));
  }

  /** Publishes promotions to `promo:all` at once; resolves when all are confirmed. */
  async promote(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#sink.publish(this.#promo())));
  }

  /** Publishes order events, spread over the customers `name-0` to `name-(customers-1)`, with at most `window` unconfirmed. */
  async sell(plan: { name: string; customers: number; events: number; window: number }): Promise<void> {
    let left = plan.events;
    const publishing = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.step(plan.name, plan.customers);
      }
    };
    await Promise.all(Array.from({ length: plan.window }, publishing));
  }

  /** Publishes the next step of some order; every order takes four. */
  step(name: string, customers: number): Promise<void> {
    const at = this.#made;
    this.#made += 1;
    const order = Math.floor(at / STEPS);
    const orderId = `o-${order}`;
    const version = (at % STEPS) + 1;
    const data = {
      orderId,
      customerId: `${name}-${order % customers}`,
      status: ORDER_STATUSES[version - 1] ?? "placed",
      version,
      at: new Date().toISOString(),
      [SENT_AT]: nowMicros(),
    };
    return this.#sink.publish(encodeOrderStatus({ id: `${orderId}.${version}`, source: SOURCE, data }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }

  #promo(): EncodedEvent {
    this.#made += 1;
    return encodePromo({ id: `promo-${this.#made}`, source: SOURCE, data: promotion() });
  }
}

/** A promotion for everybody, as of now. */
export function promotion(): {
  readonly segment: string;
  readonly title: string;
  readonly body: string;
  readonly at: string;
} {
  return { segment: "all", title: "Autumn sale", body: PROMO_BODY, at: new Date().toISOString() };
}
