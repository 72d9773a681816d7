import { type ConfirmChannel, IllegalOperationError, type Options } from "amqplib";
import type { Link, LinkState } from "./connection.ts";
import {
  asError,
  BusyError,
  ConfirmTimeoutError,
  DisconnectedError,
  RefusedError,
  TooLargeError,
  UnroutableError,
} from "./errors.ts";
import { KeptChannel } from "./kept-channel.ts";
import type { AmqpObserver, LogLike } from "./observe.ts";
import { within } from "./pause.ts";

/** How much a publisher may have unconfirmed, and for how long it waits. */
export interface PublishLimits {
  readonly messages: number;
  readonly bytes: number;
  /** The largest message, bytes; below every broker version's own limit, whose breach would cost the channel. */
  readonly messageBytes: number;
  readonly confirmTimeoutMs: number;
}

export const DEFAULT_PUBLISH_LIMITS: PublishLimits = {
  messages: 4_096,
  bytes: 16 * 1024 * 1024,
  messageBytes: 8 * 1024 * 1024,
  confirmTimeoutMs: 10_000,
};

const SWEEPS_PER_TIMEOUT = 20;
const FLUSH_TIMEOUT_MS = 2_000;

interface Outgoing {
  readonly sequence: number;
  readonly exchange: string;
  readonly key: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
  readonly deadline: number;
  readonly settle: { resolve(): void; reject(error: Error): void };
  returned: boolean;
  late: boolean;
}

/**
 * Publishes with confirms. What it holds is bounded by messages and bytes: a message that timed out counts until the
 * broker answers or the channel ends, because until then it occupies memory.
 */
export class Publisher {
  readonly #link: Link;
  readonly #limits: PublishLimits;
  readonly #observer: AmqpObserver;
  readonly #kept: KeptChannel<ConfirmChannel>;
  readonly #unconfirmed = new Map<number, Outgoing>();
  #waiting: Outgoing[] = []; // until the socket drains
  #channel: ConfirmChannel | undefined;
  #full = false;
  #bytes = 0;
  #sequence = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(options: {
    readonly link: Link;
    readonly purpose: string;
    readonly limits: PublishLimits;
    readonly log: LogLike;
    readonly observer: AmqpObserver;
  }) {
    this.#link = options.link;
    this.#limits = options.limits;
    this.#observer = options.observer;
    this.#kept = new KeptChannel<ConfirmChannel>({
      link: options.link,
      log: options.log,
      purpose: options.purpose,
      create: (model) => model.createConfirmChannel(),
      ready: (channel) => this.#begin(channel),
      lost: () => this.#lost(),
    });
  }

  /** Resolves once it can publish. */
  opened(): Promise<void> {
    return this.#kept.opened();
  }

  state(): LinkState {
    return this.#channel === undefined ? "down" : this.#link.state();
  }

  /**
   * Resolves once the broker has confirmed. Rejects with TooLargeError, BusyError, DisconnectedError, RefusedError,
   * UnroutableError (`mandatory` only) or ConfirmTimeoutError; only after Disconnected and ConfirmTimeout may it have been taken.
   */
  publish(exchange: string, key: string, content: Buffer, options: Options.Publish): Promise<void> {
    const refusal = this.#refusal(content.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#bytes += content.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const outgoing: Outgoing = {
      sequence,
      exchange,
      key,
      content,
      // A returned message comes back without a number: this one tells which it was.
      options: options.mandatory === true ? { ...options, correlationId: String(sequence) } : options,
      deadline: performance.now() + this.#limits.confirmTimeoutMs,
      settle: { resolve, reject },
      returned: false,
      late: false,
    };
    this.#unconfirmed.set(sequence, outgoing);
    this.#observer.count("published", 1);
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#limits.confirmTimeoutMs / SWEEPS_PER_TIMEOUT).unref();
    if (this.#full) this.#waiting.push(outgoing);
    else this.#send(outgoing);
    return promise;
  }

  /** Takes nothing more, waits up to 2 s for the confirms that are due, closes the channel. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#unconfirmed.size > 0 && this.#channel !== undefined) {
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      await within(FLUSH_TIMEOUT_MS, idle);
    }
    await this.#kept.close();
    this.#lost();
  }

  #refusal(size: number): Error | undefined {
    const { messages, bytes, messageBytes } = this.#limits;
    if (size > messageBytes) return new TooLargeError(`message of ${size} bytes; the limit is ${messageBytes}`);
    if (this.#channel === undefined || this.#closing) return new DisconnectedError("not connected to the broker");
    const over = this.#unconfirmed.size > 0 && this.#bytes + size > bytes;
    if (this.#unconfirmed.size < messages && !over) return undefined;
    this.#observer.count("busy", 1);
    return new BusyError(`${this.#unconfirmed.size} messages with ${this.#bytes} bytes are unconfirmed`);
  }

  #begin(channel: ConfirmChannel): void {
    channel.on("drain", () => {
      this.#full = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const outgoing of waiting) {
        if (this.#full) this.#waiting.push(outgoing);
        else this.#send(outgoing);
      }
    });
    channel.on("return", (message) => {
      const outgoing = this.#unconfirmed.get(Number(message.properties.correlationId));
      if (outgoing !== undefined) outgoing.returned = true;
    });
    channel.prependListener("close", () => {
      this.#channel = undefined; // before amqplib fails the callbacks: tells a nack from a lost channel
    });
    this.#channel = channel;
  }

  #send(outgoing: Outgoing): void {
    const { exchange, key, content, options } = outgoing;
    const channel = this.#channel;
    if (channel === undefined) return this.#fail(outgoing, new DisconnectedError("lost the broker"));
    try {
      const room = channel.publish(exchange, key, content, options, (error: unknown) => {
        if (error === null) this.#confirmed(outgoing);
        else if (this.#channel === channel) this.#refused(outgoing, new RefusedError("the broker refused the message"));
        else this.#fail(outgoing, new DisconnectedError("lost the broker before it confirmed"));
      });
      if (!room) this.#full = true;
    } catch (error) {
      // amqplib throws where the channel is closing and its event not here yet, and where the options cannot be encoded.
      const closing = error instanceof IllegalOperationError;
      this.#fail(outgoing, closing ? new DisconnectedError("lost the broker", { cause: error }) : asError(error));
    }
  }

  #confirmed(outgoing: Outgoing): void {
    if (outgoing.returned)
      return this.#refused(outgoing, new UnroutableError(`no queue for ${outgoing.exchange} ${outgoing.key}`));
    if (!this.#forget(outgoing)) return;
    this.#observer.count("confirmed", 1);
    outgoing.settle.resolve();
  }

  #refused(outgoing: Outgoing, error: Error): void {
    this.#observer.count("refused", 1);
    this.#fail(outgoing, error);
  }

  #fail(outgoing: Outgoing, error: Error): void {
    if (this.#forget(outgoing)) outgoing.settle.reject(error);
  }

  #forget(outgoing: Outgoing): boolean {
    if (!this.#unconfirmed.delete(outgoing.sequence)) return false;
    this.#bytes -= outgoing.content.length;
    if (this.#unconfirmed.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
      this.#idle?.();
    }
    return true;
  }

  /** Insertion order is deadline order. Those that are late stay counted, see the class. */
  #sweep(): void {
    const now = performance.now();
    for (const outgoing of this.#unconfirmed.values()) {
      if (outgoing.deadline > now) return;
      if (outgoing.late) continue;
      outgoing.late = true;
      this.#observer.count("timedOut", 1);
      outgoing.settle.reject(new ConfirmTimeoutError(`no confirm within ${this.#limits.confirmTimeoutMs} ms`));
    }
  }

  #lost(): void {
    this.#channel = undefined;
    this.#full = false;
    this.#waiting = [];
    for (const outgoing of [...this.#unconfirmed.values()])
      this.#fail(outgoing, new DisconnectedError("lost the broker before it confirmed"));
  }
}
