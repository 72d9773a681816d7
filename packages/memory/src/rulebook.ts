import { randomUUID } from "node:crypto";
import { MAX_RULES, type Rulebook, type Rules } from "@bellwire/hub";

/** A rulebook within one process. */
export class MemoryRulebook implements Rulebook {
  #epoch = "";
  #writes = 0;
  /** In the order in which they were last written. */
  readonly #entries = new Map<string, string>();

  get #version(): string {
    return this.#epoch === "" ? "" : `${this.#epoch} ${this.#writes}`;
  }

  async read(known?: string): Promise<Rules | undefined> {
    await undefined;
    return known === this.#version ? undefined : { version: this.#version, entries: new Map(this.#entries) };
  }

  async write(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    await undefined;
    this.#apply(changes);
  }

  async restore(entries: ReadonlyMap<string, string>): Promise<void> {
    await undefined;
    if (this.#epoch === "") this.#apply(entries);
  }

  /** It comes back empty. */
  wipe(): void {
    this.#epoch = "";
    this.#entries.clear();
  }

  #apply(changes: ReadonlyMap<string, string | undefined>): void {
    if (this.#epoch === "") {
      this.#epoch = randomUUID();
      this.#writes = 0;
    }
    this.#writes += 1;
    for (const [name, text] of changes) {
      this.#entries.delete(name);
      if (text !== undefined) this.#entries.set(name, text);
    }
    for (const name of this.#entries.keys()) {
      if (this.#entries.size <= MAX_RULES) break;
      this.#entries.delete(name);
    }
  }
}
