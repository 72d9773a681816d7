import type { Log } from "@bellwire/runtime";
import type { Shedder } from "../drain/shedder.ts";
import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";
import { type Excess, excessOf, type Loaded, sliceOf, spreadOf } from "./plan.ts";

/** One slice is shed in so much time, ms. */
const SLICE_MS = 2_000;
/** Until those who left are counted where they came back: a reconnect, a heartbeat, a look at the registry, ms. */
const SETTLE_MS = 3_000;
/** Rounds without any gain after which it is given up. */
const MAX_IDLE_ROUNDS = 5;
/** An automatic rebalance that led to nothing is not tried again for so long, ms. */
const GIVEN_UP_MS = 60_000;

export interface RebalanceRules {
  /** Clients that leave their node per second, over all nodes. */
  readonly perSecond: number;
  /** How far from its target a node may be, as a share of it. */
  readonly tolerance: number;
}

/** A rebalance as operators see it. `spread`: how far the worst node is from its target, as a share of it. */
export interface RebalanceView extends RebalanceRules {
  readonly state: "idle" | "running" | "balanced" | "given_up";
  readonly spread: number;
  /** Clients asked to leave since it began. */
  readonly shed: number;
}

/** Moves clients from full nodes to empty ones until every node is near its share: only the excess leaves, at a pace. */
export class Rebalancer implements Disposable {
  readonly #pool: Pool;
  readonly #shedder: Shedder;
  readonly #log: Log;
  readonly #clock: () => number;
  readonly #rules: RebalanceRules;
  #current: RebalanceRules;
  #state: RebalanceView["state"] = "idle";
  #shed = 0;
  #best = Number.POSITIVE_INFINITY;
  #idleRounds = 0;
  #offSince: number | undefined;
  #restUntil = 0;
  #next: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly pool: Pool;
    readonly shedder: Shedder;
    readonly log: Log;
    readonly clock: () => number;
    readonly rules: RebalanceRules;
    readonly automatic: boolean;
  }) {
    this.#pool = options.pool;
    this.#shedder = options.shedder;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#rules = options.rules;
    this.#current = options.rules;
    if (options.automatic) this.#watch = setInterval(() => this.#consider(), 1_000);
  }

  get view(): RebalanceView {
    return { ...this.#current, state: this.#state, spread: spreadOf(this.#loads()), shed: this.#shed };
  }

  /** Begins, or goes on with other rules. */
  start(rules: Partial<RebalanceRules>, cause: string): RebalanceView {
    this.#current = { ...this.#rules, ...rules };
    this.#idleRounds = 0;
    this.#best = Number.POSITIVE_INFINITY;
    if (this.#state !== "running") {
      this.#state = "running";
      this.#shed = 0;
      this.#log.info({ ...this.#current, spread: spreadOf(this.#loads()), cause }, "rebalance begins");
      this.#round();
    }
    return this.view;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
    clearTimeout(this.#next);
  }

  #round(): void {
    const loads = this.#loads();
    const excess = excessOf(loads, this.#current.tolerance);
    if (excess.length === 0) return this.#end("balanced");
    const spread = spreadOf(loads);
    this.#idleRounds = spread < this.#best ? 0 : this.#idleRounds + 1;
    this.#best = Math.min(this.#best, spread);
    if (this.#idleRounds > MAX_IDLE_ROUNDS) return this.#end("given_up");
    const budget = Math.max(1, (this.#current.perSecond * SLICE_MS) / 1_000);
    const slice = sliceOf(excess, budget);
    for (const part of slice) this.#send(part);
    const total = excess.reduce((sum, { count }) => sum + count, 0);
    const nearDone = total <= 2 * budget;
    this.#next = setTimeout(() => this.#round(), nearDone ? SLICE_MS + SETTLE_MS : SLICE_MS);
  }

  #send({ id, count }: Excess): void {
    const backend = this.#pool.find(id);
    if (backend === undefined) return;
    this.#shed += count;
    void this.#shedder.shed(backend, {
      count,
      perSecond: Math.max(0.1, (count * 1_000) / SLICE_MS),
      close: "forceReconnect",
    });
  }

  #end(state: "balanced" | "given_up"): void {
    this.#state = state;
    this.#next = undefined;
    if (state === "given_up") this.#restUntil = this.#clock() + GIVEN_UP_MS;
    this.#log.info({ state, shed: this.#shed, spread: spreadOf(this.#loads()) }, "rebalance ended");
  }

  /** Begins by itself once the nodes have been off balance for longer than counts take to settle. */
  #consider(): void {
    const now = this.#clock();
    if (this.#state === "running" || now < this.#restUntil) return;
    if (excessOf(this.#loads(), this.#rules.tolerance).length === 0) this.#offSince = undefined;
    else this.#offSince ??= now;
    if (this.#offSince === undefined || now - this.#offSince < SETTLE_MS) return;
    this.#offSince = undefined;
    this.start({}, "automatic");
  }

  #loads(): readonly Loaded[] {
    return [...this.#pool.backends.filter(({ state }) => state === "up").map(loadOf)];
  }
}

/** A node's own count where it has one: it knows the clients that came through other balancers too. */
const loadOf = ({ id, weight, active, word }: Backend): Loaded => ({ id, weight, load: word?.clients ?? active });
