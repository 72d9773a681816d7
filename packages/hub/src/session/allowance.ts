/** So many at once, and so many a second in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What one client may still do of something. */
export class Allowance {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Counts one more; `over` when there was none left, `flood` when a whole burst more was asked for since. */
  spend(now: number): "fine" | "over" | "flood" {
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + (Math.max(0, now - this.#at) / 1_000) * perSecond) - 1;
    this.#at = now;
    if (this.#left >= 0) return "fine";
    return this.#left > -burst ? "over" : "flood";
  }
}
