/** A running node's name in the cluster, unique per start. */
export type NodeId = string;

/** What a node says of itself with every heartbeat. */
export interface NodeRecord {
  readonly id: NodeId;
  readonly name: string;
  readonly version: string;
  /** Where balancers reach it: `host:port`. */
  readonly address: string;
  /** Where its health is asked: `host:port`. */
  readonly opsAddress: string;
  /** Where clients reach its WebSocket themselves, `ws://` or `wss://`; absent: only through a balancer. */
  readonly publicUrl?: string;
  readonly state: "up" | "draining";
  /** True while it may be given new clients. */
  readonly ready: boolean;
  readonly startedAt: number;
  readonly clients: number;
  readonly users: number;
  readonly subscriptions: number;
  readonly channels: number;
  /** What all nodes must have alike, by the setting's name; absent: the node is of a version that does not say. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The live nodes. Times are the store's own, so that node clocks need not agree. */
export interface Registry {
  /**
   * Says that the node lives; answers false when the store did not know it (first time, swept, or store emptied), or
   * may have lost what the node told it (the store has begun a new run).
   */
  announce(node: NodeRecord): Promise<boolean>;
  /** Removes the node's own entry: it left politely. */
  withdraw(node: NodeId): Promise<void>;
  /** Nodes heard from within the liveness bound. */
  roster(): Promise<readonly NodeRecord[]>;
  /** Removes what nodes left behind that were not heard from within the sweep bound; answers their ids. */
  sweep(): Promise<readonly NodeId[]>;
}
