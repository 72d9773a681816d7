/**
 * Whether it is worth waiting for an order's missing step. Shops whose versions leave out numbers by design would pay for
 * every wait: after so many in vain nobody waits for a while.
 */
export class Patience {
  readonly #now: () => number;
  readonly #bounds: { readonly inVain: number; readonly restMs: number };
  #inVain = 0;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(now: () => number, bounds = { inVain: 20, restMs: 600_000 }) {
    this.#now = now;
    this.#bounds = bounds;
  }

  get left(): boolean {
    return this.#now() >= this.#restUntil;
  }

  /** The missing step came. */
  rewarded(): void {
    this.#inVain = 0;
  }

  /** It did not. */
  disappointed(): void {
    this.#inVain += 1;
    if (this.#inVain < this.#bounds.inVain) return;
    this.#inVain = 0;
    this.#restUntil = this.#now() + this.#bounds.restMs;
  }
}
