/** So many at once, and so many that wait for their turn, in order. */
export class Slots {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(bounds: { readonly concurrency: number; readonly queue: number }) {
    this.#most = bounds.concurrency;
    this.#mostWaiting = bounds.queue;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with a place's release; `full` where too many wait, `late` where none was free until the signal. */
  async take(until: AbortSignal): Promise<(() => void) | "full" | "late"> {
    if (this.#taken >= this.#most) {
      if (this.#waiting.size >= this.#mostWaiting) return "full";
      if (!(await this.#turn(until))) return "late";
    } else this.#taken += 1;
    return () => this.#release();
  }

  /** A place that is given up goes to who has waited longest, and stays taken. */
  #turn(until: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const come = () => {
        until.removeEventListener("abort", leave);
        resolve(true);
      };
      const leave = () => {
        this.#waiting.delete(come);
        resolve(false);
      };
      if (until.aborted) return resolve(false);
      until.addEventListener("abort", leave, { once: true });
      this.#waiting.add(come);
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
