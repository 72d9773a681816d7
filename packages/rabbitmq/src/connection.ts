import type { Duplex } from "node:stream";
import { type ChannelModel, connect } from "amqplib";
import { backoffMs, DEFAULT_BACKOFF, STEADY_MS } from "./backoff.ts";
import { asError, DisconnectedError, StartError, TopologyError } from "./errors.ts";
import type { AmqpObserver, LogLike } from "./observe.ts";
import { pause, within } from "./pause.ts";
import { hideCredentials, withHeartbeat } from "./url.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const SETUP_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** `blocked`: connected, but the broker takes no messages for the moment (memory or disk alarm). */
export type LinkState = "up" | "down" | "blocked";

export interface LinkOptions {
  /** Tried in turn, for ever. */
  readonly urls: readonly string[];
  /** What the connection is for; shown in the log and in the broker's list of connections. */
  readonly purpose: string;
  readonly log: LogLike;
  readonly observer: AmqpObserver;
  /** Runs on every connection before anybody else may use it; its rejection makes the connect a failed one. */
  readonly setup?: (model: ChannelModel) => Promise<void>;
}

/** Keeps one connection to the broker: connects again for ever, with full jitter, until closed. Emits no errors. */
export class Link {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #model: ChannelModel | undefined;
  #blocked = false;
  #lastError: Error | undefined;
  #up = Promise.withResolvers<ChannelModel>();
  #loop: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    if (options.urls.length === 0) throw new TypeError("no AMQP url given");
    this.#options = options;
    this.#up.promise.catch(() => undefined); // closing rejects it, waited for or not
  }

  /** Resolves with the first connection. Rejects with StartError after `timeoutMs`, or at once with TopologyError; closed then. */
  async start(timeoutMs: number): Promise<void> {
    const fatal = Promise.withResolvers<never>();
    this.#loop = this.#run(fatal.reject);
    const first = Promise.race([this.#up.promise, fatal.promise]);
    try {
      if (await within(timeoutMs, first)) return;
      throw new StartError(
        `no connection to ${this.#options.urls.map(hideCredentials).join(", ")} within ${timeoutMs} ms` +
          (this.#lastError === undefined ? "" : `: ${this.#lastError.message}`),
        { cause: this.#lastError },
      );
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The connection; waits for it while there is none. Rejects only once the link is closed. */
  connection(): Promise<ChannelModel> {
    return this.#up.promise;
  }

  state(): LinkState {
    if (this.#model === undefined) return "down";
    return this.#blocked ? "blocked" : "up";
  }

  /** Aborted when the link is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends the connection, politely within 2 s, else by force. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#up.reject(new DisconnectedError("closed"));
    if (this.#model !== undefined) await closeModel(this.#model);
    await this.#loop;
  }

  async #run(fatal: (error: Error) => void): Promise<void> {
    const { urls } = this.#options;
    const signal = this.#closing.signal;
    for (let tries = 0, attempt = 0; !signal.aborted; tries += 1, attempt += 1) {
      const livedMs = await this.#live(urls[tries % urls.length] ?? "", tries, fatal);
      if (livedMs > STEADY_MS) attempt = 0;
      if (!signal.aborted) await pause(backoffMs(attempt, Math.random(), DEFAULT_BACKOFF), signal);
    }
  }

  /** One connection's whole life; answers how long it was up, ms. */
  async #live(url: string, tries: number, fatal: (error: Error) => void): Promise<number> {
    const { purpose, log, observer } = this.#options;
    const fields = { purpose, url: hideCredentials(url) };
    try {
      const { ended } = await this.#connect(url);
      if (tries > 0) observer.count("reconnected", 1);
      log.info(fields, "connected to the broker");
      const since = performance.now();
      const cause = await ended;
      if (!this.#closing.signal.aborted) log.warn({ ...fields, err: cause }, "lost the broker");
      return performance.now() - since;
    } catch (error) {
      this.#lastError = asError(error);
      if (!this.#closing.signal.aborted) log.warn({ ...fields, err: error }, "could not connect to the broker");
      if (error instanceof TopologyError) fatal(error);
      return 0;
    }
  }

  /** One connection, set up. `ended` resolves with the cause. */
  async #connect(url: string): Promise<{ ended: Promise<Error | undefined> }> {
    const model = await connect(withHeartbeat(url), {
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      keepAlive: true,
      clientProperties: { connection_name: `bellwire ${this.#options.purpose}` },
    });
    const ended = this.#watch(model);
    try {
      await this.#setUp(model, ended);
    } catch (error) {
      this.#lost();
      await closeModel(model);
      throw error;
    }
    if (this.#closing.signal.aborted) {
      await closeModel(model);
      throw new DisconnectedError("closed");
    }
    return { ended };
  }

  #watch(model: ChannelModel): Promise<Error | undefined> {
    const ended = Promise.withResolvers<Error | undefined>();
    let cause: Error | undefined;
    model.on("error", (error) => {
      cause = error;
    });
    model.on("close", (error) => {
      this.#lost();
      ended.resolve(cause ?? error);
    });
    model.on("blocked", (reason) => {
      this.#blocked = true;
      this.#options.observer.count("blocked", 1);
      this.#options.log.warn({ purpose: this.#options.purpose, reason }, "the broker takes no messages");
    });
    model.on("unblocked", () => {
      this.#blocked = false;
      this.#options.log.info({ purpose: this.#options.purpose }, "the broker takes messages again");
    });
    return ended.promise;
  }

  async #setUp(model: ChannelModel, ended: Promise<Error | undefined>): Promise<void> {
    const { setup } = this.#options;
    let dead: Error | undefined;
    const died = ended.then((cause) => {
      dead = cause ?? new DisconnectedError("the connection ended during its setup");
      throw dead;
    });
    died.catch(() => undefined);
    if (setup !== undefined) {
      // A connection error also fails every call in flight, with less to say: prefer the cause.
      const working = setup(model).catch(async (error: unknown) => {
        await new Promise(setImmediate);
        throw dead ?? error;
      });
      if (!(await within(SETUP_TIMEOUT_MS, Promise.race([working, died]))))
        throw new DisconnectedError(`the broker did not answer within ${SETUP_TIMEOUT_MS} ms`);
    }
    await new Promise(setImmediate);
    if (dead !== undefined) throw dead;
    this.#model = model; // both in one tick: `#lost` takes both back
    this.#up.resolve(model);
  }

  #lost(): void {
    this.#blocked = false;
    if (this.#model === undefined) return;
    this.#model = undefined;
    if (this.#closing.signal.aborted) return;
    this.#up = Promise.withResolvers();
    this.#up.promise.catch(() => undefined);
  }
}

/** Closes politely within the bound, else cuts the socket. Never rejects. */
async function closeModel(model: ChannelModel): Promise<void> {
  const polite = Promise.resolve()
    .then(() => model.close())
    .catch(() => undefined); // already closed: what we want
  if (await within(CLOSE_TIMEOUT_MS, polite)) return;
  const { stream } = model.connection as unknown as { readonly stream: Duplex };
  stream.destroy(new DisconnectedError("the broker did not answer the close"));
}
