import type { Channel, ChannelModel } from "amqplib";
import { backoffMs, DEFAULT_BACKOFF, STEADY_MS } from "./backoff.ts";
import type { Link } from "./connection.ts";
import { asError, DisconnectedError } from "./errors.ts";
import type { LogLike } from "./observe.ts";
import { pause, within } from "./pause.ts";

const CLOSE_TIMEOUT_MS = 2_000;
/** A channel that the broker has not made useful after so long is given up, and another one tried. */
const SETUP_TIMEOUT_MS = 15_000;

export interface KeptChannelOptions<C extends Channel> {
  readonly link: Link;
  readonly log: LogLike;
  readonly purpose: string;
  /** Default 15,000. */
  readonly setupTimeoutMs?: number;
  create(model: ChannelModel): Promise<C>;
  /** Makes the new channel useful. A rejection, or no answer within the timeout, closes it; another one is tried. */
  ready(channel: C, opened: number, closing: AbortSignal): Promise<void> | void;
  /** The channel is gone: nothing sent or received on it is known any more. Called once for each channel, before the next is created. */
  lost(): void;
}

/** Keeps one channel on a link open: over reconnects, and when the channel dies alone. Emits no errors. */
export class KeptChannel<C extends Channel> {
  readonly #options: KeptChannelOptions<C>;
  readonly #closing = new AbortController();
  readonly #closed = Promise.withResolvers<undefined>();
  readonly #first = Promise.withResolvers<void>();
  readonly #loop: Promise<void>;
  #channel: C | undefined;

  constructor(options: KeptChannelOptions<C>) {
    this.#options = options;
    this.#first.promise.catch(() => undefined);
    this.#closing.signal.addEventListener("abort", () => this.#closed.resolve(undefined), { once: true });
    options.link.closing.addEventListener("abort", () => this.#closing.abort(), { once: true });
    if (options.link.closing.aborted) this.#closing.abort();
    this.#loop = this.#run();
  }

  /** Resolves once the channel was ready for the first time; rejects if it is closed before. */
  opened(): Promise<void> {
    return this.#first.promise;
  }

  /** Closes the channel, which gives unacked messages back, within 2 s; the loop ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#first.reject(new DisconnectedError("closed"));
    if (this.#channel !== undefined) await closeChannel(this.#channel);
    await within(CLOSE_TIMEOUT_MS, this.#loop);
  }

  async #run(): Promise<void> {
    const signal = this.#closing.signal;
    for (let opened = 0, attempt = 0; !signal.aborted; attempt += 1) {
      const livedMs = await this.#tryOnce(opened);
      if (livedMs > 0) opened += 1;
      if (livedMs > STEADY_MS) attempt = 0;
      if (!signal.aborted) await pause(backoffMs(attempt, Math.random(), DEFAULT_BACKOFF), signal);
    }
  }

  /** Answers how long the channel was ready, ms; 0 if it never was. */
  async #tryOnce(opened: number): Promise<number> {
    const { link, log, purpose } = this.#options;
    try {
      const model = await Promise.race([link.connection(), this.#closed.promise]);
      return model === undefined ? 0 : await this.#live(model, opened);
    } catch (error) {
      if (!this.#closing.signal.aborted && link.state() !== "down")
        log.warn({ purpose, err: error }, "channel could not be set up");
      return 0;
    }
  }

  async #create(model: ChannelModel): Promise<C> {
    const opening = this.#options.create(model);
    let late = false;
    const taken = opening.then((channel) => {
      if (late) void closeChannel(channel);
    });
    try {
      await this.#answered(taken);
    } finally {
      late = true;
    }
    return opening;
  }

  async #answered(work: Promise<void>): Promise<void> {
    const timeoutMs = this.#options.setupTimeoutMs ?? SETUP_TIMEOUT_MS;
    if (!(await within(timeoutMs, work)))
      throw new DisconnectedError(`the broker did not answer within ${timeoutMs} ms`);
  }

  /** One channel's life; answers how long it was ready, ms. Rejects if it could not be made ready. */
  async #live(model: ChannelModel, opened: number): Promise<number> {
    const channel = await this.#create(model);
    const ended = Promise.withResolvers<void>();
    let cause: Error | undefined;
    let gone = false;
    const lose = (): void => {
      if (gone) return; // given up before it closed: the next one is there by now
      gone = true;
      this.#channel = undefined;
      this.#options.lost();
      ended.resolve();
    };
    channel.on("error", (error) => {
      cause = error;
    });
    channel.on("close", lose);
    // A bug in one of our listeners must not look like a protocol error of the broker: let it end the process.
    channel.on("handler-error", (error) => {
      queueMicrotask(() => {
        throw error;
      });
    });
    this.#channel = channel;
    const closing = this.#closing.signal;
    try {
      await this.#answered(Promise.resolve(this.#options.ready(channel, opened, closing)));
      if (closing.aborted) throw new DisconnectedError("closed");
    } catch (error) {
      if (!gone) await closeChannel(channel);
      lose();
      throw cause ?? asError(error);
    }
    const since = performance.now();
    this.#first.resolve();
    await ended.promise;
    if (cause !== undefined) this.#options.log.warn({ purpose: this.#options.purpose, err: cause }, "channel closed");
    return Math.max(1, performance.now() - since);
  }
}

/** Never rejects: a channel that is closed already is what we want. */
export async function closeChannel(channel: Channel): Promise<void> {
  const polite = Promise.resolve()
    .then(() => channel.close())
    .catch(() => undefined);
  await within(CLOSE_TIMEOUT_MS, polite);
}
