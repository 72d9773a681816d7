import type { Fact, Outbox, OutboxEntry } from "./outbox.ts";

/** The outbox of the memory store. Entry ids are counted, so a Map keeps them in order. */
export class MemoryOutbox implements Outbox {
  readonly #entries = new Map<string, OutboxEntry>();
  #count = 0;
  #lease: { readonly holder: string; readonly until: number } | undefined;

  get size(): number {
    return this.#entries.size;
  }

  add(fact: Fact): void {
    const entryId = String(++this.#count);
    this.#entries.set(entryId, { entryId, fact });
  }

  async read(limit: number): Promise<readonly OutboxEntry[]> {
    return [...this.#entries.values().take(limit)];
  }

  async remove(entryIds: readonly string[]): Promise<void> {
    for (const entryId of entryIds) this.#entries.delete(entryId);
  }

  async length(): Promise<number> {
    return this.size;
  }

  async newest(): Promise<string | undefined> {
    return this.size === 0 ? undefined : [...this.#entries.keys()].at(-1);
  }

  async isDrainedThrough(entryId: string): Promise<boolean> {
    const [oldest] = this.#entries.keys();
    return oldest === undefined || Number(oldest) > Number(entryId);
  }

  async lease(holder: string, ttlMs: number): Promise<boolean> {
    const now = performance.now();
    if (this.#lease !== undefined && this.#lease.holder !== holder && this.#lease.until > now) return false;
    this.#lease = { holder, until: now + ttlMs };
    return true;
  }

  async release(holder: string): Promise<void> {
    if (this.#lease?.holder === holder) this.#lease = undefined;
  }
}
