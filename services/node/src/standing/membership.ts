import type { NodeId, NodeRecord, Registry } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";

const BEAT_MS = 1_000;
/** How old what is known of the others must be before a node that is not among them is looked for again, ms. */
const LOOK_AGAIN_MS = 200;
/** Every so many beats this node also looks for what dead ones left. */
const SWEEP_BEATS = 5;

export interface MembershipOptions {
  readonly node: NodeId;
  readonly registry: Registry;
  readonly log: Log;
  readonly record: () => NodeRecord;
  /** The store answers others but not this node. */
  readonly isCutOff: () => boolean;
  /** Nodes came or went. */
  readonly onChange: () => void;
  /** The store forgot this node, or was away: it must be told everything again. */
  readonly onForgotten: () => Promise<void>;
}

/** This node in the registry: its heartbeat, whom it sees, and what dead nodes left behind. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #self: NodeId;
  #others: readonly NodeRecord[] = [];
  #ids: readonly NodeId[];
  #answeredAt = Number.NEGATIVE_INFINITY;
  #owesTruth = false;
  #beats = 0;
  #signature = "";
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#self = options.node;
    this.#ids = [this.#self];
  }

  /** How long ago the store last answered, ms. */
  get ageMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Everybody who lives, this node among them. */
  get roster(): readonly NodeRecord[] {
    return [this.#options.record(), ...this.#others];
  }

  /** The ids of those who live, sorted; this node's own is always there. */
  get ids(): readonly NodeId[] {
    return this.#ids;
  }

  /** Those who take ingest partitions: who drains gives them up, and who is cut off from the store while others are not. */
  get workers(): readonly NodeId[] {
    const { isCutOff, record } = this.#options;
    const others = this.#others.filter(({ state }) => state === "up").map(({ id }) => id);
    return isCutOff() || record().state !== "up" ? others : [this.#self, ...others];
  }

  /** A live node's record; looks again for one that may just have come. Rejects when the store cannot be asked. */
  async find(node: NodeId): Promise<NodeRecord | undefined> {
    const known = this.roster.find(({ id }) => id === node);
    if (known !== undefined || this.ageMs < LOOK_AGAIN_MS) return known;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    return this.roster.find(({ id }) => id === node);
  }

  /** Whether somebody else may be given clients, as the store said when it last answered. */
  get othersAreReady(): boolean {
    return this.#others.some(({ state, ready }) => state === "up" && ready);
  }

  /** Announces for the first time, then once a second. Rejects if the store cannot be told now. */
  async start(): Promise<void> {
    await this.#options.registry.announce(this.#options.record());
    await this.#look();
    // The store has answered by now, so this one says that the node is ready.
    await this.#options.registry.announce(this.#options.record());
    this.#schedule();
  }

  /** Announces at once: something changed that balancers should know. */
  async announce(): Promise<void> {
    const known = await this.#options.registry.announce(this.#options.record());
    this.#answeredAt = performance.now();
    if (!known) this.#owesTruth = true;
  }

  /** Withdraws. Where the store is away the others will sweep this node instead. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    try {
      await this.#options.registry.withdraw(this.#self);
    } catch (error) {
      this.#options.log.warn({ err: error }, "could not withdraw; the others will sweep what is left");
    }
  }

  #schedule(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#beat(), BEAT_MS);
  }

  async #beat(): Promise<void> {
    const wasAway = this.ageMs > 2 * BEAT_MS + 500;
    this.#owesTruth ||= wasAway;
    try {
      await this.announce();
      await this.#look();
      if (this.#owesTruth) await this.#tellAll();
      this.#beats += 1;
      if (this.#beats % SWEEP_BEATS === 0) await this.#sweep();
    } catch (error) {
      this.#options.log.warn({ err: error }, "registry not reached");
    }
    this.#schedule();
  }

  async #look(): Promise<void> {
    const roster = await this.#options.registry.roster();
    this.#answeredAt = performance.now();
    this.#others = roster.filter(({ id }) => id !== this.#self);
    const before = this.#signature;
    this.#ids = [this.#self, ...this.#others.map(({ id }) => id)].sort();
    this.#signature = this.roster
      .map(({ id, state }) => `${id}:${state}`)
      .sort()
      .join();
    if (this.#signature === before) return;
    this.#options.log.info({ nodes: this.#ids }, "cluster changed");
    this.#options.onChange();
  }

  async #tellAll(): Promise<void> {
    this.#options.log.warn("the store lost sight of this node: registering everything anew");
    await this.#options.onForgotten();
    this.#owesTruth = false;
  }

  async #sweep(): Promise<void> {
    const swept = await this.#options.registry.sweep();
    if (swept.length > 0) this.#options.log.info({ nodes: swept }, "swept what dead nodes left");
  }
}
