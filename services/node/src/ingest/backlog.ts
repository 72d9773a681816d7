import { setTimeout as pause } from "node:timers/promises";

/** How often the partitions are looked at while somebody waits, ms. */
const LOOK_MS = 250;

/** Why there is nothing left to wait for: every partition was seen empty, or this node can be handed nothing more meanwhile. */
type Through = "empty" | "stuck";

/** Somebody who waits until what stood in the partitions at that moment has been handed out. */
export interface BacklogWait extends Disposable {
  /** Set once, when it is so; absent until then. */
  readonly through: Through | undefined;
}

export interface BacklogOptions {
  /** How many events stand in each partition that nobody has in hand. */
  look(): Promise<readonly number[]>;
  /** This node has all in hand that it may: those who wait would then wait for each other. */
  isStuck(): boolean;
  /** It has become so while somebody waits. */
  onStuck(): void;
}

/** Tells when a backlog is through. The partitions are asked only while somebody waits, once for all who do. */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #waits = new Set<Wait>();
  #looking = false;
  #stuck = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  wait(): BacklogWait {
    const wait = new Wait(() => this.#waits.delete(wait));
    this.#waits.add(wait);
    if (!this.#looking) void this.#lookOn();
    return wait;
  }

  async #lookOn(): Promise<void> {
    this.#looking = true;
    while (this.#waits.size > 0) {
      const waits = [...this.#waits]; // who begins to wait while it looks is served by the next look
      this.#endIfStuck(waits);
      try {
        const counts = await this.#options.look();
        for (const wait of waits) wait.saw(counts);
      } catch {
        // The broker is away: nothing is handed out meanwhile, and the next look tells.
      }
      await pause(LOOK_MS);
    }
    this.#looking = false; // same tick as the last check, so no wait falls between
    this.#stuck = false;
  }

  #endIfStuck(waits: readonly Wait[]): void {
    const wasStuck = this.#stuck;
    this.#stuck = this.#options.isStuck();
    if (!this.#stuck) return;
    for (const wait of waits) wait.through ??= "stuck";
    if (!wasStuck) this.#options.onStuck();
  }
}

class Wait implements BacklogWait {
  readonly #end: () => unknown;
  readonly #empty = new Set<number>();
  through: Through | undefined;

  constructor(end: () => unknown) {
    this.#end = end;
  }

  saw(counts: readonly number[]): void {
    for (const [partition, count] of counts.entries()) if (count === 0) this.#empty.add(partition);
    if (this.#empty.size >= counts.length) this.through ??= "empty";
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}
