import type { NodeRecord } from "@bellwire/hub";
import { formatAddress, parseAddress } from "./address.ts";
import { Backend } from "./backend.ts";
import { type HealthEvent, type HealthRules, healthAfter } from "./health.ts";
import { Lease } from "./lease.ts";
import type { StaticNode } from "./node-list.ts";
import type { Observer } from "./observer.ts";
import type { Credits, Strategy } from "./strategies/strategy.ts";

/** Nodes known at a time. */
const MAX_NODES = 256;

export interface PoolRules {
  readonly health: HealthRules;
  readonly staticHealthPath: string;
  /** How long a node that vanished from the registry without a word is still believed, ms. */
  readonly absentMs: number;
}

/** The nodes, what is known of each, and who is chosen. */
export class Pool {
  readonly #backends = new Map<string, Backend>();
  readonly #strategy: Strategy;
  readonly #rules: PoolRules;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #random: () => number;
  #credits: Credits = new Map();

  constructor(options: {
    readonly strategy: Strategy;
    readonly rules: PoolRules;
    readonly nodes: readonly StaticNode[];
    readonly observer: Observer;
    readonly clock: () => number;
    readonly random: () => number;
  }) {
    this.#strategy = options.strategy;
    this.#rules = options.rules;
    this.#observer = options.observer;
    this.#clock = options.clock;
    this.#random = options.random;
    for (const { address, weight } of options.nodes.slice(0, MAX_NODES)) {
      const checkTarget = { address, path: this.#rules.staticHealthPath };
      const known = { id: formatAddress(address), source: "static", weight } as const;
      this.#join(new Backend(known, { address, checkTarget }, this.#rules.health), "configured");
    }
  }

  get backends(): IteratorObject<Backend> {
    return this.#backends.values();
  }

  /** True while a new client would find a node. */
  get available(): boolean {
    return this.#backends.values().some((backend) => backend.state === "up");
  }

  /** Chooses a node outside `tried` and counts the client on it, until the lease is released. */
  lease(key: string, tried: ReadonlySet<Backend>): Lease | undefined {
    const nodes = [...this.#backends.values()].filter((backend) => backend.state === "up" && !tried.has(backend));
    const pick = this.#strategy({ nodes, credits: this.#credits, key, random: this.#random });
    if (pick === undefined) return undefined;
    this.#credits = pick.credits;
    pick.node.active += 1;
    return new Lease(pick.node, () => this.#released(pick.node));
  }

  /** A health event, with its cause for the log. `since` is when the check behind it began. */
  note(backend: Backend, event: HealthEvent, cause: string, since: number = this.#clock()): void {
    if (event === "pass" && since <= backend.suspectedAt) return; // It began before the refusal, and proves nothing.
    if (event === "refused") {
      backend.suspectedAt = this.#clock();
      backend.checkAt = 0;
    }
    this.#change(backend, cause, () => {
      backend.health = healthAfter(backend.health, event, this.#rules.health);
    });
  }

  /** Takes over what the registry says: who joined, what each says of itself, who is missing. */
  applyRoster(records: readonly NodeRecord[]): void {
    const named = new Map(records.slice(0, MAX_NODES).map((record) => [record.id, record]));
    if (records.length > named.size) this.#observer.rosterCut(records.length);
    for (const record of named.values()) this.#hear(record);
    for (const backend of [...this.#backends.values()])
      if (backend.source === "registry" && !named.has(backend.id)) this.#miss(backend);
    this.#replaceStatic();
  }

  #hear(record: NodeRecord): void {
    const address = parseAddress(record.address);
    const checked = parseAddress(record.opsAddress);
    if (address === undefined || checked === undefined) {
      this.#observer.recordRefused(record.id);
      return;
    }
    const word = { state: record.state, ready: record.ready };
    const where = { address, checkTarget: { address: checked, path: "/ready" } };
    const known = this.#backends.get(record.id);
    if (known === undefined) {
      const weight = this.#backends.get(formatAddress(address))?.weight ?? 1;
      const joined = new Backend({ id: record.id, source: "registry", weight }, where, this.#rules.health);
      joined.word = word;
      this.#join(joined, "registered");
      return;
    }
    this.#change(known, known.present ? "its own word" : "registered again", () => {
      Object.assign(known, where, { word, absentSince: undefined, present: true });
    });
  }

  #miss(backend: Backend): void {
    backend.absentSince ??= this.#clock();
    const leftPolitely = backend.word?.state === "draining";
    if (!leftPolitely && this.#clock() - backend.absentSince < this.#rules.absentMs) return;
    this.#change(backend, "left the registry", () => {
      backend.present = false;
    });
    this.#forgetIfGone(backend);
  }

  #replaceStatic(): void {
    const registered = new Set(
      this.#backends
        .values()
        .filter((backend) => backend.source === "registry" && backend.present)
        .map((backend) => formatAddress(backend.address)),
    );
    for (const backend of this.#backends.values())
      if (backend.source === "static")
        this.#change(backend, "known to the registry", () => {
          backend.replaced = registered.has(backend.id);
        });
  }

  #join(backend: Backend, cause: string): void {
    if (this.#backends.size >= MAX_NODES) {
      this.#observer.rosterCut(this.#backends.size + 1);
      return;
    }
    this.#backends.set(backend.id, backend);
    backend.lastCause = cause;
    this.#observer.nodeChanged(backend.id, "unknown", backend.state, cause);
  }

  #change(backend: Backend, cause: string, change: () => void): void {
    const before = backend.state;
    change();
    if (backend.state === before) return;
    backend.lastCause = cause;
    this.#observer.nodeChanged(backend.id, before, backend.state, cause);
  }

  #released(backend: Backend): void {
    backend.active -= 1;
    this.#forgetIfGone(backend);
  }

  #forgetIfGone(backend: Backend): void {
    if (backend.present || backend.active > 0 || this.#backends.get(backend.id) !== backend) return;
    this.#backends.delete(backend.id);
    const credits = new Map(this.#credits);
    credits.delete(backend.id);
    this.#credits = credits;
    this.#observer.nodeChanged(backend.id, backend.state, "gone", "its last connection ended");
  }
}
