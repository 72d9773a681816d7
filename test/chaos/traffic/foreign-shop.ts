import { randomUUID } from "node:crypto";
import { type ChannelModel, type ConfirmChannel, connect } from "amqplib";

const CONFIRM_MS = 8_000;
const CONNECT_MS = 3_000;
const HEARTBEAT_S = 4;

/** A shop of another make: plain AMQP with confirms, and a new connection whenever the old one is lost. */
export class ForeignShop implements AsyncDisposable {
  readonly #url: string;
  readonly #exchange: string;
  readonly #returned = new Set<string>();
  #opening: Promise<ConfirmChannel> | undefined;
  #model: ChannelModel | undefined;

  constructor(url: string, prefix: string) {
    this.#url = `${url}?heartbeat=${HEARTBEAT_S}`;
    this.#exchange = `${prefix}.events`;
  }

  /** Resolves once the broker has confirmed and some queue has taken it; a rejection leaves open whether it has. */
  async publish(routingKey: string, body: string, contentType = "application/cloudevents+json"): Promise<void> {
    const channel = await this.#channel();
    const messageId = randomUUID();
    const options = { contentType, persistent: true, mandatory: true, messageId };
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("no confirm")), CONFIRM_MS);
      const settle = (error?: unknown) => {
        clearTimeout(late);
        if (error) reject(error instanceof Error ? error : new Error("not confirmed"));
        else if (this.#returned.delete(messageId)) reject(new Error("no queue took it"));
        else resolve();
      };
      try {
        channel.publish(this.#exchange, routingKey, Buffer.from(body), options, settle);
      } catch (error) {
        settle(error);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model?.close().catch(() => undefined);
  }

  #channel(): Promise<ConfirmChannel> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<ConfirmChannel> {
    const model = await connect(this.#url, { timeout: CONNECT_MS });
    const forget = () => {
      this.#opening = undefined;
    };
    model.on("error", () => undefined).on("close", forget);
    const channel = await model.createConfirmChannel();
    channel
      .on("error", () => undefined)
      .on("close", () => {
        forget();
        model.close().catch(() => undefined);
      });
    channel.on("return", ({ properties }) => this.#returned.add(String(properties.messageId)));
    this.#model = model;
    return channel;
  }
}
