import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";
import { checkPauseMs, type HealthRules } from "./health.ts";
import { probe } from "./probe.ts";

const TICK_MS = 50;

/** Asks every node for its health when it is due; one check per node at a time. */
export class Checks implements Disposable {
  readonly #pool: Pool;
  readonly #rules: HealthRules;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #running = new Set<Backend>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: {
    readonly pool: Pool;
    readonly rules: HealthRules;
    readonly clock: () => number;
    readonly random: () => number;
  }) {
    this.#pool = options.pool;
    this.#rules = options.rules;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = this.#clock();
    this.#pool.review();
    for (const backend of this.#pool.backends)
      if (backend.checkAt <= now && backend.present && !this.#running.has(backend)) void this.#check(backend, now);
  }

  async #check(backend: Backend, startedAt: number): Promise<void> {
    this.#running.add(backend);
    const { event, cause } = await probe(backend.checkTarget, this.#rules.timeoutMs);
    this.#running.delete(backend);
    this.#pool.note(backend, event, cause, startedAt);
    const doubted = backend.suspectedAt >= startedAt;
    backend.checkAt = doubted ? 0 : this.#clock() + checkPauseMs(backend.health, this.#rules, this.#random);
  }
}
