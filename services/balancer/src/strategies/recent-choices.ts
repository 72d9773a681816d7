/** The last choices of all clients, at most `size`. */
export class RecentChoices {
  readonly size: number;
  readonly #ring: string[] = [];
  readonly #counts = new Map<string, number>();
  #at = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** How many of them went to a node. */
  countOf(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  /** How many of the last `among` of them went to a node. */
  countLately(id: string, among: number): number {
    let count = 0;
    for (let back = 1; back <= Math.min(among, this.size); back++)
      if (this.#ring[(this.#at - back + this.size) % this.size] === id) count += 1;
    return count;
  }

  add(id: string): void {
    const oldest = this.#ring[this.#at];
    if (oldest !== undefined) this.#forgetOne(oldest);
    this.#ring[this.#at] = id;
    this.#counts.set(id, this.countOf(id) + 1);
    this.#at = (this.#at + 1) % this.size;
  }

  #forgetOne(id: string): void {
    const count = this.countOf(id) - 1;
    if (count > 0) this.#counts.set(id, count);
    else this.#counts.delete(id);
  }
}
