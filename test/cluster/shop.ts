import { type ConfirmChannel, connect } from "amqplib";
import type { Cluster } from "./cluster.ts";

/** A shop that knows nothing of bellwire but the exchange: a plain AMQP client that publishes with confirms. */
export class Shop implements AsyncDisposable {
  readonly #connection: Awaited<ReturnType<typeof connect>>;
  readonly #channel: ConfirmChannel;
  readonly #exchange: string;
  readonly #deadQueue: string;

  private constructor(connection: Awaited<ReturnType<typeof connect>>, channel: ConfirmChannel, prefix: string) {
    this.#connection = connection;
    this.#channel = channel;
    this.#exchange = `${prefix}.events`;
    this.#deadQueue = `${prefix}.dead`;
  }

  static async open(cluster: Cluster): Promise<Shop> {
    const connection = await connect(cluster.backend.amqpUrl);
    return new Shop(connection, await connection.createConfirmChannel(), cluster.prefix);
  }

  /** Resolves when the broker has confirmed: the event is accepted. */
  publish(routingKey: string, body: string | object, contentType = "application/cloudevents+json"): Promise<void> {
    const content = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      this.#channel.publish(this.#exchange, routingKey, content, { contentType, persistent: true }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** One step of an order, as a plain CloudEvent. */
  order(
    customerId: string,
    orderId: string,
    step: { readonly status: string; readonly version: number; readonly id?: string },
  ): Promise<void> {
    const { status, version, id = `${orderId}.${version}` } = step;
    return this.publish(`order.${orderId}`, {
      specversion: "1.0",
      id,
      source: "a-foreign-shop",
      type: "order.status",
      time: "2026-11-22T10:00:00Z",
      data: { orderId, customerId, status, version, at: "2026-11-22T10:00:00Z" },
    });
  }

  promo(segment: string, id: string): Promise<void> {
    return this.publish(`promo.${segment}`, {
      specversion: "1.0",
      id,
      source: "a-foreign-shop",
      type: "promo.published",
      time: "2026-11-22T10:00:00Z",
      data: { segment, title: `Sale ${id}`, body: "Everything must go", at: "2026-11-22T10:00:00Z" },
    });
  }

  /** Takes the next dead event; undefined if there is none. */
  async takeDead(): Promise<
    { readonly body: string; readonly headers: Readonly<Record<string, unknown>> } | undefined
  > {
    const message = await this.#channel.get(this.#deadQueue, { noAck: true });
    if (message === false) return undefined;
    return { body: message.content.toString(), headers: message.properties.headers ?? {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
