import type { Outbox } from "../store/outbox.ts";
import { Doorbell } from "./doorbell.ts";
import { type Round, type RoundParts, relayRound } from "./round.ts";

export interface RelayOptions extends RoundParts {
  readonly outbox: Outbox;
  /** This relay's name, unique per start: one holder at a time publishes. */
  readonly holder: string;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly observer: RelayObserver;
}

/** Hears what the relay does. */
export interface RelayObserver {
  published(count: number): void;
  /** Broker or store refused, or could not be reached; the relay tries again in `pauseMs`. */
  failed(error: unknown, pauseMs: number): void;
}

/** How long a relay that died holds up the next one, ms. */
const LEASE_MS = 3_000;
/** How soon entries are seen that another producer wrote, ms. */
const POLL_MS = 250;
/** How long a relay that is asked to stop waits for a broker that does not answer, ms. */
const STOP_MS = 3_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** Moves the outbox to the broker for as long as it lives, and never gives up. */
export class Relay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #bell = new Doorbell();
  readonly #running: Promise<void>;
  #stopped = false;
  #failures = 0;
  #leasedUntil = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Tells that the outbox has something new. */
  wake(): void {
    if (this.#failures === 0) this.#bell.ring();
  }

  /** Ends after the round in hand, or leaves it when that takes too long; what is left waits for the next relay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, STOP_MS);
    await Promise.race([this.#running, late.promise]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const pauseMs = await this.#step();
      if (pauseMs > 0 && !this.#stopped) await this.#bell.wait(pauseMs);
    }
    try {
      await this.#options.outbox.release(this.#options.holder);
    } catch (error) {
      this.#options.observer.failed(error, 0);
    }
  }

  /** One round; answers how long to pause after it, ms. */
  async #step(): Promise<number> {
    try {
      if (!(await this.#isHolder())) return POLL_MS;
      const round = await relayRound(this.#options);
      if (round.published > 0) this.#options.observer.published(round.published);
      return round.failed > 0 ? this.#failed(round.error) : this.#succeeded(round);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #isHolder(): Promise<boolean> {
    const now = performance.now();
    if (now < this.#leasedUntil - LEASE_MS / 2) return true;
    const holds = await this.#options.outbox.lease(this.#options.holder, LEASE_MS);
    this.#leasedUntil = holds ? now + LEASE_MS : 0;
    return holds;
  }

  #succeeded(round: Round): number {
    this.#failures = 0;
    return round.published > 0 ? 0 : POLL_MS;
  }

  #failed(error: unknown): number {
    const bound = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    const pauseMs = Math.max(1, this.#options.random() * bound);
    this.#options.observer.failed(error, pauseMs);
    return pauseMs;
  }
}
