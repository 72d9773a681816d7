import type { NodeRecord } from "@bellwire/hub";
import { formatAddress, parseAddress } from "./address.ts";
import { Backend } from "./backend.ts";
import { Chooser } from "./chooser.ts";
import { afterFailure, afterSuccess, type EjectionRules, eject, isDue } from "./ejection.ts";
import { type HealthEvent, type HealthRules, healthAfter, isFrozen } from "./health.ts";
import { Lease } from "./lease.ts";
import type { StaticNode } from "./node-list.ts";
import type { Observer } from "./observer.ts";
import { Removed } from "./removed.ts";
import type { StrategyName } from "./strategies/table.ts";
import { warmthAfter } from "./warmth.ts";

/** Nodes known at a time. */
const MAX_NODES = 256;

export interface PoolRules {
  readonly health: HealthRules;
  readonly ejection: EjectionRules;
  readonly staticHealthPath: string;
  /** How long a node that vanished from the registry without a word is still believed, ms. */
  readonly absentMs: number;
  /** How long a node that joins or recovers gets less than its share, ms. */
  readonly slowStartMs: number;
  /** Tunnels of a frozen node closed per second. */
  readonly shedPerSecond: number;
  /** What one node may carry. */
  readonly nodeConnections: number;
  /** For the source hash, as a factor of the average load; absent: unbounded. */
  readonly hashBalance?: number | undefined;
}

/** How a node was chosen. */
export interface Chosen {
  readonly strategy: StrategyName;
  readonly key: string;
  /** The node that the client is stuck to. */
  readonly wanted: string | undefined;
  /** Those that could be chosen. */
  readonly nodes: readonly Backend[];
  readonly node: Backend;
}

/** The nodes, what is known of each, and who is chosen. */
export class Pool {
  readonly #backends = new Map<string, Backend>();
  readonly #rules: PoolRules;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #chooser: Chooser;
  readonly #chosen: ((choice: Chosen) => void) | undefined;
  readonly #arrived: ((node: string, clients: number) => void) | undefined;
  readonly #removed = new Removed();
  /** One for all leases. */
  readonly #release = (backend: Backend): void => {
    backend.active -= 1;
    this.#forgetIfGone(backend);
  };
  #reviewedAt: number;
  /** False until the registry has answered once: nodes that are there before us need no slow start. */
  #settled = false;

  constructor(options: {
    readonly strategy: StrategyName;
    readonly rules: PoolRules;
    readonly nodes: readonly StaticNode[];
    readonly observer: Observer;
    readonly clock: () => number;
    readonly random: () => number;
    /** Told of every choice before it is counted. */
    readonly chosen?: (choice: Chosen) => void;
    /** Told how many clients more have come to a node without us. */
    readonly arrived?: (node: string, clients: number) => void;
  }) {
    this.#arrived = options.arrived;
    this.#chosen = options.chosen;
    this.#rules = options.rules;
    this.#observer = options.observer;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#reviewedAt = options.clock();
    const { hashBalance } = options.rules;
    this.#chooser = new Chooser({ strategy: options.strategy, hashBalance, random: options.random });
    for (const node of options.nodes.slice(0, MAX_NODES)) this.#joinStatic(node, "configured");
  }

  get backends(): IteratorObject<Backend> {
    return this.#backends.values();
  }

  /** True while a new client would find a node. */
  get available(): boolean {
    return this.#backends.values().some((backend) => backend.state === "up");
  }

  get strategy(): StrategyName {
    return this.#chooser.strategy;
  }

  /** From the next choice on. */
  setStrategy(name: StrategyName): void {
    if (name === this.strategy) return;
    this.#observer.strategyChanged(this.strategy, name);
    this.#chooser.use(name);
  }

  /** True while another node than those could be chosen. */
  hasOther(tried: ReadonlySet<Backend>): boolean {
    return this.#backends.values().some((backend) => this.#isOpen(backend) && !tried.has(backend));
  }

  /**
   * Chooses a node outside `tried` and counts the client on it, until the lease is released: `wanted` if it can be
   * chosen, else by the strategy. Undefined when there is none.
   */
  lease(key: string, tried: ReadonlySet<Backend>, wanted?: string): Lease | undefined {
    const now = this.#clock();
    const nodes: Backend[] = [];
    for (const backend of this.#backends.values()) {
      if (!this.#isOpen(backend) || tried.has(backend)) continue;
      this.#warm(backend, now);
      nodes.push(backend);
    }
    const node = nodes.find(({ id }) => id === wanted) ?? this.#chooser.choose(nodes, key);
    if (node === undefined) return undefined;
    this.#chosen?.({ strategy: this.strategy, key, wanted, nodes, node });
    this.#chooser.given(node);
    node.active += 1;
    return new Lease(node, this.#release);
  }

  #isOpen(backend: Backend): boolean {
    return backend.state === "up" && backend.active < this.#rules.nodeConnections;
  }

  #warm(backend: Backend, now: number): void {
    if (backend.warmingSince === undefined) return;
    backend.warmth = warmthAfter(now - backend.warmingSince, this.#rules.slowStartMs);
    if (backend.warmth === 100) backend.warmingSince = undefined;
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

  /** A node has answered an upgrade properly. */
  succeeded(backend: Backend): void {
    if (backend.ejection.fails > 0)
      backend.ejection = afterSuccess(backend.ejection, this.#clock(), this.#rules.ejection);
  }

  /** A node was connected and did not answer an upgrade properly, with the cause for the log. */
  failed(backend: Backend, cause: string): void {
    if (backend.state !== "up") return;
    const { ejection: rules } = this.#rules;
    backend.ejection = afterFailure(backend.ejection);
    if (!isDue(backend.ejection, rules)) return;
    if (!this.#maySpare(rules.maxShare)) {
      this.#observer.ejectionRefused(backend.id);
      return;
    }
    this.#change(backend, cause, () => {
      backend.ejection = eject(backend.ejection, this.#clock(), rules, this.#random);
      backend.ejected = true;
    });
  }

  #maySpare(maxShare: number): boolean {
    const all = [...this.#backends.values()].filter(({ present, replaced }) => present && !replaced);
    const out = all.filter(({ state }) => state !== "up").length;
    return out + 1 <= all.length * maxShare;
  }

  /** What time does: ends ejections, and lets the tunnels of frozen nodes be closed. To be called often. */
  review(): void {
    const now = this.#clock();
    const sinceMs = now - this.#reviewedAt;
    const shed = (sinceMs / 1_000) * this.#rules.shedPerSecond;
    this.#reviewedAt = now;
    const elsewhere = this.available;
    for (const backend of this.#backends.values()) {
      if (backend.ejected && backend.ejection.until <= now)
        this.#change(backend, "its time out is over", () => {
          backend.ejected = false;
        });
      const frozen = elsewhere && backend.active > 0 && isFrozen(backend.health, this.#rules.health);
      backend.toShed = frozen
        ? Math.min(backend.toShed + shed, this.#rules.shedPerSecond)
        : backend.cutsWithin(sinceMs);
    }
  }

  find(id: string): Backend | undefined {
    return this.#backends.get(id);
  }

  /** Whether an operator has removed a node that its source may still name. */
  hasRemoved(id: string): boolean {
    return this.#removed.has(id);
  }

  /** Gives a node nothing new, or takes that back. */
  hold(backend: Backend, held: boolean, cause: string): void {
    this.#change(backend, cause, () => {
      backend.held = held;
      if (!held) backend.cutting = undefined;
    });
  }

  setWeight(backend: Backend, weight: number): void {
    if (backend.weight === weight) return;
    this.#observer.weightChanged(backend.id, backend.weight, weight);
    backend.weight = weight;
  }

  /** Closes up to `count` tunnels of a node from our side; 0 stops that. */
  cutTunnels(backend: Backend, { perSecond, count }: { readonly perSecond: number; readonly count: number }): void {
    backend.cutting = count > 0 ? { perSecond, left: count } : undefined;
  }

  /** Takes in a node at run time. */
  add(node: StaticNode, cause: string): "added" | "known" | "full" {
    const id = formatAddress(node.address);
    if (this.#backends.get(id)?.present === true) return "known";
    if (this.#backends.size >= MAX_NODES) return "full";
    this.#removed.forget(id);
    this.#backends.delete(id);
    this.#joinStatic(node, cause);
    return "added";
  }

  /** Forgets a node, at once or when its last tunnel has ended, whatever its source goes on to say of it. */
  remove(backend: Backend, cause: string): void {
    this.#removed.add(backend.id, backend.word?.startedAt);
    this.#change(backend, cause, () => {
      backend.setDirect(0);
      backend.present = false;
    });
    this.#forgetIfGone(backend, cause);
  }

  /** Takes a removal back: the registry's next word brings the node in again. */
  restore(id: string): void {
    this.#removed.forget(id);
  }

  #joinStatic({ address, weight }: StaticNode, cause: string): void {
    const checkTarget = { address, path: this.#rules.staticHealthPath };
    const known = { id: formatAddress(address), source: "static", weight } as const;
    this.#join(new Backend(known, { address, checkTarget }, this.#rules.health), cause);
  }

  #countDirect(backend: Backend): void {
    const more = backend.countDirect();
    if (more > 0) this.#arrived?.(backend.id, more);
  }

  /** Takes over what the registry says: who joined, what each says of itself, who is missing. */
  applyRoster(records: readonly NodeRecord[]): void {
    const named = new Map(records.slice(0, MAX_NODES).map((record) => [record.id, record]));
    if (records.length > named.size) this.#observer.rosterCut(records.length);
    for (const record of named.values()) if (!this.#removed.holds(record)) this.#hear(record);
    for (const backend of [...this.#backends.values()])
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
    const known = this.#backends.get(record.id);
    if (known === undefined) {
      const weight = this.#backends.get(formatAddress(address))?.weight ?? 1;
      const joined = new Backend({ id: record.id, source: "registry", weight }, where, this.#rules.health);
      joined.word = word;
      this.#countDirect(joined);
      joined.cold = this.#settled;
      this.#join(joined, "registered");
      return;
    }
    this.#change(known, known.present ? "its own word" : "registered again", () => {
      if (known.word?.startedAt !== word.startedAt) known.cold = true;
      Object.assign(known, where, { word, absentSince: undefined, present: true });
    });
    this.#countDirect(known);
    this.#startSlowly(known);
  }

  #miss(backend: Backend): void {
    backend.absentSince ??= this.#clock();
    const leftPolitely = backend.word?.state === "draining";
    if (!leftPolitely && this.#clock() - backend.absentSince < this.#rules.absentMs) return;
    this.#change(backend, "left the registry", () => {
      backend.setDirect(0);
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
    this.#startSlowly(backend);
    this.#observer.nodeChanged(backend.id, "unknown", backend.state, cause);
  }

  #change(backend: Backend, cause: string, change: () => void): void {
    const before = backend.state;
    change();
    const { state } = backend;
    if (state === before) return;
    if (COOLING.has(state)) backend.cold = true;
    this.#startSlowly(backend);
    backend.lastCause = cause;
    this.#observer.nodeChanged(backend.id, before, state, cause);
  }

  #startSlowly(backend: Backend): void {
    if (!backend.cold || backend.state !== "up" || this.#rules.slowStartMs === 0) return;
    backend.cold = false;
    backend.warmingSince = this.#clock();
    backend.warmth = warmthAfter(0, this.#rules.slowStartMs);
  }

  #forgetIfGone(backend: Backend, cause = "its last connection ended"): void {
    if (backend.present || backend.active > 0 || this.#backends.get(backend.id) !== backend) return;
    this.#backends.delete(backend.id);
    this.#chooser.forget(backend);
    this.#observer.nodeChanged(backend.id, backend.state, "gone", cause);
  }
}

/** What a node comes back from as if it were new; one that only was not ready has kept its warmth. */
const COOLING: ReadonlySet<string> = new Set(["down", "suspect", "ejected", "absent"]);
