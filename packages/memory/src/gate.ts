/** The store could not be reached, because a test took it away. */
export class StoreAway extends Error {
  override readonly name = "StoreAway";
  readonly outage = true;
}

/** Every call of the store passes here, so that a test can make it fail. */
export class Gate {
  #failures = 0;

  /** The next so many calls reject; Infinity until it is set to 0 again. */
  fail(calls: number): void {
    this.#failures = calls;
  }

  /** Carries out `step` whole, in a later microtask, as over a wire; or rejects without having done it. */
  async pass<Answer>(step: () => Answer): Promise<Answer> {
    await undefined;
    if (this.#failures > 0) {
      this.#failures--;
      throw new StoreAway("the memory store is away");
    }
    return step();
  }
}
