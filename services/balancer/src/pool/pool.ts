import type { HealthEvent } from "../health/health.ts";
import type { Observer } from "../observing/observer.ts";
import type { SourceAddresses } from "../sources/source-addresses.ts";
import type { StrategyName } from "../strategies/table.ts";
import type { Backend } from "./backend.ts";
import { Chooser } from "./chooser.ts";
import { Fitness, type FitnessRules } from "./fitness.ts";
import { KnownNodes, MAX_NODES } from "./known-nodes.ts";
import { Lease } from "./lease.ts";
import type { StaticNode } from "./node-list.ts";
import { Orders } from "./orders.ts";
import { Removed } from "./removed.ts";
import { Roster, type RosterRules } from "./roster.ts";

export interface PoolRules extends FitnessRules, RosterRules {
  /** How long a node that joins or recovers gets less than its share, ms. */
  readonly slowStartMs: number;
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
  readonly roster: Roster;
  readonly orders: Orders;
  readonly #nodes: KnownNodes;
  readonly #fitness: Fitness;
  readonly #nodeConnections: number;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #chooser: Chooser;
  readonly #sources: SourceAddresses | undefined;
  readonly #chosen: ((choice: Chosen) => void) | undefined;
  /** One for all leases. */
  readonly #release = (backend: Backend): void => {
    backend.active -= 1;
    this.#nodes.forgetIfGone(backend);
  };

  constructor(options: {
    readonly strategy: StrategyName;
    readonly rules: PoolRules;
    readonly nodes: readonly StaticNode[];
    readonly observer: Observer;
    readonly clock: () => number;
    readonly random: () => number;
    /** Told of every choice before it is counted. */
    readonly chosen?: (choice: Chosen) => void;
    /** Where connections to nodes come from; absent: the system chooses. */
    readonly sources?: SourceAddresses;
    /** Told how many clients more have come to a node without us. */
    readonly arrived?: (node: string, clients: number) => void;
  }) {
    const { rules, observer, clock, random, arrived } = options;
    this.#observer = observer;
    this.#clock = clock;
    this.#chosen = options.chosen;
    this.#sources = options.sources;
    this.#nodeConnections = rules.nodeConnections;
    this.#chooser = new Chooser({ strategy: options.strategy, hashBalance: rules.hashBalance, random });
    const { slowStartMs } = rules;
    const forgotten = (backend: Backend): void => this.#chooser.forget(backend);
    const nodes = new KnownNodes({ observer, clock, slowStartMs, forgotten });
    const removed = new Removed();
    this.#nodes = nodes;
    this.#fitness = new Fitness({ nodes, rules, observer, clock, random });
    this.roster = new Roster({ nodes, removed, rules, observer, clock, arrived });
    this.orders = new Orders({ nodes, roster: this.roster, removed, observer });
    this.roster.configure(options.nodes.slice(0, MAX_NODES));
  }

  get backends(): IteratorObject<Backend> {
    return this.#nodes.all;
  }

  /** True while a new client would find a node. */
  get available(): boolean {
    return this.#nodes.available;
  }

  /** Has a node heard of that joins from now on. */
  onJoin(joined: (backend: Backend) => void): void {
    this.#nodes.onJoin(joined);
  }

  /** True while no further node would be taken in. */
  get full(): boolean {
    return this.#nodes.full;
  }

  find(id: string): Backend | undefined {
    return this.#nodes.find(id);
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
    return this.#nodes.all.some((backend) => this.#isOpen(backend) && !tried.has(backend));
  }

  /**
   * Chooses a node outside `tried` and counts the client on it, until the lease is released: `wanted` if it can be
   * chosen, else by the strategy. Undefined when there is none.
   */
  lease(key: string, tried: ReadonlySet<Backend>, wanted?: string): Lease | undefined {
    const now = this.#clock();
    const nodes: Backend[] = [];
    for (const backend of this.#nodes.all) {
      if (!this.#isOpen(backend) || tried.has(backend)) continue;
      this.#nodes.warm(backend, now);
      nodes.push(backend);
    }
    const node = nodes.find(({ id }) => id === wanted) ?? this.#chooser.choose(nodes, key);
    if (node === undefined) return undefined;
    this.#chosen?.({ strategy: this.strategy, key, wanted, nodes, node });
    this.#chooser.given(node);
    node.active += 1;
    return new Lease(node, this.#sources?.towards(node.address.host), this.#release);
  }

  /** A health event, with its cause for the log. `since` is when the check behind it began. */
  note(backend: Backend, event: HealthEvent, cause: string, since: number = this.#clock()): void {
    this.#fitness.note(backend, event, cause, since);
  }

  /** A node has answered an upgrade properly. */
  succeeded(backend: Backend): void {
    this.#fitness.succeeded(backend);
  }

  /** A node was connected and did not answer an upgrade properly, with the cause for the log. */
  failed(backend: Backend, cause: string): void {
    this.#fitness.failed(backend, cause);
  }

  /** What time does: warms nodes, ends ejections, and lets the tunnels of frozen nodes be closed. To be called often. */
  review(): void {
    this.#fitness.review();
  }

  #isOpen(backend: Backend): boolean {
    return this.#fitness.mayServe(backend) && backend.active < this.#nodeConnections;
  }
}
