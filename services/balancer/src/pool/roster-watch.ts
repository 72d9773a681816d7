import type { Registry } from "@bellwire/hub";
import type { Observer } from "../observing/observer.ts";
import type { Pool } from "./pool.ts";

/** Keeps the pool as the registry says. While the registry cannot be asked, the pool goes on with what it knows. */
export class RosterWatch implements Disposable {
  readonly #registry: Pick<Registry, "roster">;
  readonly #pool: Pool;
  readonly #observer: Observer;
  readonly #timer: NodeJS.Timeout;
  #asking = false;
  #away = false;
  #stopped = false;

  constructor(options: {
    readonly registry: Pick<Registry, "roster">;
    readonly pool: Pool;
    readonly observer: Observer;
    readonly everyMs: number;
  }) {
    this.#registry = options.registry;
    this.#pool = options.pool;
    this.#observer = options.observer;
    this.#timer = setInterval(() => void this.look(), options.everyMs);
  }

  /** Asks once. An answer that is still due from the last time counts as a failure. */
  async look(): Promise<void> {
    if (this.#asking) return this.#failed(new Error("the registry has not answered since the last time"));
    this.#asking = true;
    try {
      const records = await this.#registry.roster();
      if (this.#stopped) return;
      if (this.#away) this.#observer.rosterBack();
      this.#away = false;
      this.#pool.roster.apply(records);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#asking = false;
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  #failed(error: unknown): void {
    if (this.#stopped) return;
    this.#away = true;
    this.#observer.rosterFailed(error);
  }
}
