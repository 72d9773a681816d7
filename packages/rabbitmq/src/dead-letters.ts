import type { ConsumeMessage } from "amqplib";
import { headerSize, MAX_HEADER_BYTES } from "./headers.ts";
import type { AmqpNames } from "./names.ts";
import type { AmqpObserver, LogLike } from "./observe.ts";
import type { Publisher } from "./publisher.ts";

const MAX_REASON_LENGTH = 1_000;

/** Sets events aside on the dead exchange, with the reason in their headers. */
export class DeadLetters {
  readonly #publisher: Publisher;
  readonly #names: AmqpNames;
  readonly #log: LogLike;
  readonly #observer: AmqpObserver;

  constructor(options: {
    readonly publisher: Publisher;
    readonly names: AmqpNames;
    readonly log: LogLike;
    readonly observer: AmqpObserver;
  }) {
    this.#publisher = options.publisher;
    this.#names = options.names;
    this.#log = options.log;
    this.#observer = options.observer;
  }

  /** Resolves once the broker has it; rejects with the publisher's errors. Body and content type stay as they were. */
  async put(
    message: ConsumeMessage,
    queue: string,
    { reason, tries = 1 }: { readonly reason: string; readonly tries?: number },
  ): Promise<void> {
    const { routingKey } = message.fields;
    const own = {
      "x-bellwire-reason": reason.slice(0, MAX_REASON_LENGTH),
      "x-bellwire-tries": tries,
      "x-bellwire-routing-key": routingKey,
      "x-bellwire-queue": queue,
      "x-bellwire-at": new Date().toISOString(),
    };
    const theirs = message.properties.headers ?? {};
    try {
      await this.#publish(message, headerSize(theirs) > MAX_HEADER_BYTES ? bare(own) : { ...theirs, ...own });
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
      await this.#publish(message, bare(own)); // theirs cannot be encoded again: foreign field types
    }
    this.#observer.count("deadLettered", 1);
    this.#log.warn({ routingKey, queue, reason: own["x-bellwire-reason"], tries }, "event set aside");
  }

  #publish(message: ConsumeMessage, headers: Readonly<Record<string, unknown>>): Promise<void> {
    const { contentType } = message.properties;
    return this.#publisher.publish(this.#names.dead, message.fields.routingKey, message.content, {
      mandatory: true,
      deliveryMode: 2,
      headers,
      ...(typeof contentType === "string" ? { contentType } : {}),
    });
  }
}

const bare = (own: Readonly<Record<string, string | number>>) => ({ ...own, "x-bellwire-headers-dropped": "true" });
