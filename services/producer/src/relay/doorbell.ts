/** Lets one loop sleep until something happens. A ring while nobody waits makes the next wait end at once. */
export class Doorbell {
  #rung = false;
  #open: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#open?.();
  }

  /** Resolves at a ring, at the latest after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#open = resolve;
      await promise;
      clearTimeout(timer);
      this.#open = undefined;
    }
    this.#rung = false;
  }
}
