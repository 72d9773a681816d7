import type { NodeRecord } from "@bellwire/hub";
import type { HealthRules } from "../health/health.ts";
import type { Observer } from "../observing/observer.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { Backend } from "./backend.ts";
import { type KnownNodes, MAX_NODES } from "./known-nodes.ts";
import type { StaticNode } from "./node-list.ts";
import type { Removed } from "./removed.ts";

export interface RosterRules {
  readonly health: HealthRules;
  readonly staticHealthPath: string;
  /** How long a node that vanished from the registry without a word is still believed, ms. */
  readonly absentMs: number;
}

/** Who is in: the nodes of the static list, and what the registry says from time to time. */
export class Roster {
  readonly #nodes: KnownNodes;
  readonly #removed: Removed;
  readonly #rules: RosterRules;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #arrived: ((node: string, clients: number) => void) | undefined;
  readonly #configured = new Map<string, StaticNode>();
  /** False until the registry has answered once: nodes that are there before us need no slow start. */
  #settled = false;

  constructor(options: {
    readonly nodes: KnownNodes;
    readonly removed: Removed;
    readonly rules: RosterRules;
    readonly observer: Observer;
    readonly clock: () => number;
    /** Told how many clients more have come to a node without us. */
    readonly arrived: ((node: string, clients: number) => void) | undefined;
  }) {
    this.#nodes = options.nodes;
    this.#removed = options.removed;
    this.#rules = options.rules;
    this.#observer = options.observer;
    this.#clock = options.clock;
    this.#arrived = options.arrived;
  }

  /** Takes in the static list. */
  configure(nodes: readonly StaticNode[]): void {
    for (const node of nodes) {
      this.#configured.set(formatAddress(node.address), node);
      this.joinStatic(node, { cause: "configured", cold: false });
    }
  }

  /** Takes a node of the static list in again, if that is what it is and it is not there. */
  rejoin(id: string, cause: string): void {
    const node = this.#configured.get(id);
    if (node !== undefined && this.#nodes.find(id)?.present !== true) this.joinStatic(node, { cause, cold: true });
  }

  /** A static node that is known by a name is at another address; it is the same node. */
  moved(backend: Backend, host: string): void {
    const address = { ...backend.address, host };
    backend.address = address;
    backend.checkTarget = { ...backend.checkTarget, address, name: backend.id };
    backend.checkAt = 0;
  }

  /** `cold`: it starts slowly, for others have been there before it. */
  joinStatic(
    { address, weight }: StaticNode,
    { cause, cold }: { readonly cause: string; readonly cold: boolean },
  ): void {
    const checkTarget = { address, path: this.#rules.staticHealthPath };
    const known = { id: formatAddress(address), source: "static", weight } as const;
    const joined = new Backend(known, { address, checkTarget }, this.#rules.health);
    joined.cold = cold;
    this.#nodes.join(joined, cause);
  }

  /** Takes over what the registry says: who joined, what each says of itself, who is missing. */
  apply(records: readonly NodeRecord[]): void {
    const named = new Map(records.slice(0, MAX_NODES).map((record) => [record.id, record]));
    if (records.length > named.size) this.#observer.rosterCut(records.length);
    for (const record of named.values()) if (!this.#removed.holds(record)) this.#hear(record);
    for (const backend of [...this.#nodes.all])
      if (backend.source === "registry" && !named.has(backend.id)) this.#miss(backend);
    this.#replaceStatic();
    this.#settled = true;
  }

  #hear(record: NodeRecord): void {
    const address = parseAddress(record.address);
    const checked = parseAddress(record.opsAddress);
    if (address === undefined || checked === undefined) {
      this.#observer.recordRefused(record.id);
      return;
    }
    const { state, ready, startedAt, clients, publicUrl } = record;
    const word = { state, ready, startedAt, clients, ...(publicUrl !== undefined && { publicUrl }) };
    const where = { address, checkTarget: { address: checked, path: "/ready" } };
    const known = this.#nodes.find(record.id);
    if (known === undefined) {
      const weight = this.#nodes.find(formatAddress(address))?.weight ?? 1;
      const joined = new Backend({ id: record.id, source: "registry", weight }, where, this.#rules.health);
      joined.word = word;
      this.#countDirect(joined);
      joined.cold = this.#settled;
      this.#nodes.join(joined, "registered");
      return;
    }
    this.#nodes.change(known, known.present ? "its own word" : "registered again", () => {
      if (known.word?.startedAt !== word.startedAt) known.cold = true;
      Object.assign(known, where, { word, absentSince: undefined, present: true });
    });
    this.#countDirect(known);
    this.#nodes.startSlowly(known);
  }

  #miss(backend: Backend): void {
    backend.absentSince ??= this.#clock();
    const leftPolitely = backend.word?.state === "draining";
    if (!leftPolitely && this.#clock() - backend.absentSince < this.#rules.absentMs) return;
    this.#nodes.leave(backend, "left the registry");
    this.#nodes.forgetIfGone(backend);
  }

  /** A static node that the registry names too is one node. */
  #replaceStatic(): void {
    const registered = new Set(
      this.#nodes.all
        .filter((backend) => backend.source === "registry" && backend.present)
        .map((backend) => formatAddress(backend.address)),
    );
    for (const backend of this.#nodes.all)
      if (backend.source === "static")
        this.#nodes.change(backend, "known to the registry", () => {
          backend.replaced = registered.has(backend.id);
        });
  }

  #countDirect(backend: Backend): void {
    const more = backend.countDirect();
    if (more > 0) this.#arrived?.(backend.id, more);
  }
}
