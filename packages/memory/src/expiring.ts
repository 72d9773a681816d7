/** The store is full: as a Redis without memory, it takes no more until something expires. */
export class StoreFull extends Error {
  override readonly name = "StoreFull";
  readonly outage = true;
}

/**
 * A bounded map whose entries end. An ended one is never answered; every write also looks at two entries further round,
 * so that ended ones go although nobody asks for them. Times are handed in, ms.
 */
export class Expiring<Value> {
  readonly #entries = new Map<string, { value: Value; until: number }>();
  readonly #max: number;
  readonly #look: (value: Value, now: number) => void;
  #round = this.#entries.entries();

  /** `look` is shown every entry that a write passes on its round, to let go of what has ended within it. */
  constructor(max: number, look: (value: Value, now: number) => void = () => undefined) {
    this.#max = max;
    this.#look = look;
  }

  /** Entries held, ended ones that were not yet swept included. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > now) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Throws StoreFull when there is no room for the key. */
  reserve(key: string): void {
    if (this.#entries.size >= this.#max && !this.#entries.has(key))
      throw new StoreFull(`the memory store holds ${this.#max} entries and takes no more`);
  }

  /** Throws StoreFull when there is no room for the key. */
  set(key: string, value: Value, times: { readonly now: number; readonly until: number }): void {
    this.#sweep(times.now);
    this.reserve(key);
    this.#entries.set(key, { value, until: times.until });
  }

  clear(): void {
    this.#entries.clear();
    this.#round = this.#entries.entries();
  }

  #sweep(now: number): void {
    for (let looked = 0; looked < 2; looked++) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#entries.entries();
        return;
      }
      const [key, { value, until }] = next.value;
      if (until <= now) this.#entries.delete(key);
      else this.#look(value, now);
    }
  }
}
