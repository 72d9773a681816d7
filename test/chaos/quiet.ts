/** Lets something be done while nothing of another kind is: disturbances go on beside each other, quiet is kept alone. */
export class Quiet {
  readonly #disturbing = new Set<Promise<unknown>>();
  #kept: Promise<unknown> = Promise.resolve();

  /** Disturbs as soon as nobody keeps quiet or waits for it. */
  disturb<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const acting = this.#kept.then(act);
    const noted = acting
      .catch(() => undefined)
      .then(() => {
        this.#disturbing.delete(noted);
      });
    this.#disturbing.add(noted);
    return acting;
  }

  /** Waits for the end of all disturbances, and acts before the next one begins. */
  keep<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const before = [this.#kept, ...this.#disturbing];
    const acting = Promise.all(before).then(act);
    this.#kept = acting.catch(() => undefined);
    return acting;
  }
}
