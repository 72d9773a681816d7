import { setTimeout as pause } from "node:timers/promises";

/** How often the partitions are looked at while somebody waits, ms. */
const LOOK_MS = 250;

/** Somebody who waits until what stood in the partitions at that moment has been handed out. */
export interface BacklogWait extends Disposable {
  /** Every partition has been seen empty since the wait began, or this node can be handed nothing more meanwhile. */
  readonly isThrough: boolean;
}

/** Tells when a backlog is through. The partitions are asked only while somebody waits, once for all who do. */
export class Backlog {
  readonly #look: () => Promise<readonly number[]>;
  readonly #isStuck: () => boolean;
  readonly #waits = new Set<Wait>();
  #looking = false;

  /**
   * `look` answers how many events stand in each partition that nobody has in hand; `isStuck` whether this node has all in
   * hand that it may: those who wait would then wait for each other.
   */
  constructor(look: () => Promise<readonly number[]>, isStuck: () => boolean) {
    this.#look = look;
    this.#isStuck = isStuck;
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
      if (this.#isStuck()) for (const wait of waits) wait.isThrough = true;
      try {
        const counts = await this.#look();
        for (const wait of waits) wait.saw(counts);
      } catch {
        // The broker is away: nothing is handed out meanwhile, and the next look tells.
      }
      await pause(LOOK_MS);
    }
    this.#looking = false; // same tick as the last check, so no wait falls between
  }
}

class Wait implements BacklogWait {
  readonly #end: () => unknown;
  readonly #empty = new Set<number>();
  isThrough = false;

  constructor(end: () => unknown) {
    this.#end = end;
  }

  saw(counts: readonly number[]): void {
    for (const [partition, count] of counts.entries()) if (count === 0) this.#empty.add(partition);
    this.isThrough ||= this.#empty.size >= counts.length;
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}
