import type { HistoryRule, ReadRange } from "@bellwire/hub";
import type { Publication } from "@bellwire/protocol";

/** One channel's publications: contiguous offsets, the oldest trimmed, all gone when the history's time is over. */
export class Stream {
  readonly epoch: string;
  /** How long epoch and top outlive the last use, ms. */
  keepMs = 0;
  #top = 0;
  #entries: Publication[] = [];
  #until = 0;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  get top(): number {
    return this.#top;
  }

  /** Takes the next offset. */
  add(publication: Omit<Publication, "offset">, history: HistoryRule, now: number): Publication {
    this.expire(now);
    const stored = { ...publication, offset: ++this.#top };
    this.#entries.push(stored);
    if (this.#entries.length > history.size) this.#entries.splice(0, this.#entries.length - history.size);
    this.#until = now + history.ttlMs;
    return stored;
  }

  at(offset: number, now: number): Publication | undefined {
    this.expire(now);
    return this.#entries[offset - (this.#entries[0]?.offset ?? 0)];
  }

  read({ since, limit, reverse }: ReadRange, now: number): Publication[] {
    this.expire(now);
    const first = this.#entries[0]?.offset ?? this.#top + 1;
    if (!reverse) {
      const start = since === undefined ? 0 : Math.max(0, since + 1 - first);
      return this.#entries.slice(start, start + limit);
    }
    const end = since === undefined ? this.#entries.length : Math.min(this.#entries.length, Math.max(0, since - first));
    return this.#entries.slice(Math.max(0, end - limit), end).reverse();
  }

  /** Lets go of all publications; the position stays. */
  clear(): void {
    this.#entries = [];
  }

  /** Lets go of publications whose time is over. */
  expire(now: number): void {
    if (this.#entries.length > 0 && this.#until <= now) this.#entries = [];
  }
}
