import { isIP } from "node:net";
import type { Log } from "@bellwire/runtime";
import { parseAddress } from "../pool/address.ts";
import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";

/** All addresses of a name, the preferred first. Rejects when it has none or cannot be asked. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/**
 * Looks the names of static nodes up from time to time, so that no open waits for it and a node that moved is found. A
 * node stays at its address while the name has it, unless it is out and there is another.
 */
export class NameWatch implements Disposable {
  readonly #pool: Pool;
  readonly #lookup: Lookup;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #unknown = new Set<string>();
  #looking = false;
  #stopped = false;

  constructor(parts: {
    readonly pool: Pool;
    readonly lookup: Lookup;
    readonly everyMs: number;
    readonly log: Log;
  }) {
    this.#pool = parts.pool;
    this.#lookup = parts.lookup;
    this.#log = parts.log;
    this.#timer = setInterval(() => void this.look(), parts.everyMs);
  }

  /** Asks for one name after the other. Never rejects; a look that falls into another does nothing. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (const backend of [...this.#pool.backends]) {
      const name = nameOf(backend);
      if (name !== undefined && !this.#stopped) await this.#find(backend, name);
    }
    this.#looking = false;
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #find(backend: Backend, name: string): Promise<void> {
    try {
      const found = await this.#lookup(name);
      if (this.#unknown.delete(name)) this.#log.info({ name }, "the name is known again");
      const next = nextOf(backend, found);
      if (next === undefined || this.#stopped) return;
      this.#log.info({ node: backend.id, from: backend.address.host, to: next }, "node has another address");
      this.#pool.roster.moved(backend, next);
    } catch (error) {
      if (!this.#unknown.has(name)) this.#log.warn({ err: error, name }, "the name is not known; staying where it was");
      this.#unknown.add(name);
    }
  }
}

function nameOf({ id, source, present }: Backend): string | undefined {
  const host = source === "static" && present ? parseAddress(id)?.host : undefined;
  return host === undefined || isIP(host) !== 0 ? undefined : host;
}

/** Where a node is now; undefined where it is already. */
function nextOf({ state, address: { host } }: Backend, found: readonly string[]): string | undefined {
  const at = found.indexOf(host);
  if (at < 0) return found[0];
  const next = found[(at + 1) % found.length];
  return (state === "down" || state === "suspect") && next !== host ? next : undefined;
}
