import type { ChannelName, ClientInfo, Position, Publication } from "@bellwire/protocol";

/** A running node's name in the cluster, unique per start. */
export type NodeId = string;

/** Time and deferral, handed in so that tests can hold the clock. */
export interface Clock {
  /** Wall clock, ms since 1970: for dates that others gave. It may step, to and fro. */
  now(): number;
  /** ms since some moment, never stepping: for how long something took. */
  elapsed(): number;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` when the current turn's input has been read. */
  soon(task: () => void): void;
  /** A number in [0, 1). */
  random(): number;
}

/** How much of a channel is kept: `size` publications for `ttlMs`; size 0 keeps nothing and gives no offsets. */
export interface HistoryRule {
  readonly size: number;
  readonly ttlMs: number;
}

/** What a publish asks of a channel's stream. */
export interface Append {
  readonly channel: ChannelName;
  /** Compacted JSON text. */
  readonly data: string;
  readonly info?: ClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
  /** The event's id: a second append with it within `dedupMs` changes nothing and answers as the first did. */
  readonly eventId?: string;
  readonly dedupMs: number;
  /**
   * State of one `subject` within the channel; an append whose number is not greater than the last is refused as stale.
   * With `next`, one that is not the last plus one (or 1, where there is none) is refused as early.
   */
  readonly version?: {
    readonly subject: string;
    readonly number: number;
    readonly epoch?: string;
    readonly next?: boolean;
  };
  /** How long the last version of a subject is remembered, ms. */
  readonly versionTtlMs: number;
  readonly history: HistoryRule;
}

/**
 * - `appended`: a new publication at `position`.
 * - `duplicate`: the event id was seen; `publication` is what it made, absent once trimmed away.
 * - `stale`: the version is not newer; nothing was written.
 * - `early`: `next` was asked for and a version before this one is missing; nothing was written.
 * `holders` are the nodes with subscribers at the moment of the append.
 */
export type Appended =
  | {
      readonly kind: "appended" | "duplicate";
      readonly position: Position;
      readonly publication?: Publication;
      readonly holders: readonly NodeId[];
    }
  | { readonly kind: "stale" | "early"; readonly position: Position };

/** Publications of a channel in offset order (or reversed), and the stream's top at the moment of reading. */
export interface StreamSlice {
  readonly top: Position;
  readonly publications: readonly Publication[];
}

export interface ReadRange {
  /** Only publications after (reverse: before) this offset. */
  readonly since?: number;
  /** At most so many; 0 reads the position alone. */
  readonly limit: number;
  readonly reverse?: boolean;
}

/**
 * The channels' durable streams. Each call is one atomic step on one channel.
 * Rejects when the store cannot be reached; the call may then have happened, so callers repeat only what is idempotent.
 */
export interface Streams {
  /** De-duplicates, checks the version, takes the next offset, stores, and tells the holders: all or nothing. */
  append(append: Append): Promise<Appended>;
  /** Registers `node` as a holder of the channel, and only then reads. Every append afterwards names the node. */
  join(channel: ChannelName, node: NodeId, range: ReadRange): Promise<StreamSlice>;
  /** Removes `node` from the channel's holders. */
  leave(channel: ChannelName, node: NodeId): Promise<void>;
  read(channel: ChannelName, range: ReadRange): Promise<StreamSlice>;
  /** Tells that the stream has come so far, as the bus said: a store that comes back without that begins a new epoch. */
  witness(channel: ChannelName, position: Position): void;
  /** The tops of many channels, in their order; undefined where no stream is known. */
  tops(channels: readonly ChannelName[]): Promise<ReadonlyArray<Position | undefined>>;
  /** The nodes that hold the channel now. */
  holders(channel: ChannelName): Promise<readonly NodeId[]>;
  /** Removes what is kept of the channel; its position, the event ids and the versions stay. */
  clear(channel: ChannelName): Promise<void>;
}

/** How many are in a channel: connections, and different users among them. */
export interface PresenceStats {
  readonly clients: number;
  readonly users: number;
}

/**
 * Who is in which channel, on all nodes. A node's entries count only while it holds the channel, and go with the node:
 * when it leaves the channel, withdraws, or is swept after its death. Writes are ordered per caller.
 */
export interface Presence {
  /**
   * A client of `node` is there, or is there with another info. Answers false where the node has as many in this channel
   * as one may have: the client is not shown then.
   */
  enter(channel: ChannelName, node: NodeId, info: ClientInfo): Promise<boolean>;
  leave(channel: ChannelName, node: NodeId, client: string): Promise<void>;
  /** Makes the store say that exactly these clients of `node` are there: after a write was lost, or the store came back empty. */
  restate(channel: ChannelName, node: NodeId, infos: readonly ClientInfo[]): Promise<void>;
  /** At most `limit` of those who are there, in no order. */
  present(channel: ChannelName, limit: number): Promise<readonly ClientInfo[]>;
  stats(channel: ChannelName): Promise<PresenceStats>;
}

/** A client's entry in the cluster's directory. */
export interface SessionRecord {
  readonly client: string;
  readonly user: string;
  readonly node: NodeId;
  /** Connected at, ms since 1970. */
  readonly since: number;
}

/** Who is connected where, and to what. Writes are ordered per caller; a lost write is repaired by `reconcile`. */
export interface Sessions {
  opened(session: SessionRecord): Promise<void>;
  closed(session: SessionRecord): Promise<void>;
  subscribed(client: string, channel: ChannelName): Promise<void>;
  unsubscribed(client: string, channel: ChannelName): Promise<void>;
  /** A user's sessions on all nodes. */
  ofUser(user: string): Promise<readonly SessionRecord[]>;
  /** The channels one session is subscribed to. */
  channelsOf(client: string): Promise<readonly ChannelName[]>;
  /** Makes the store say exactly this of `node`: after the store was away or came back empty. */
  reconcile(
    node: NodeId,
    truth: Iterable<{ readonly session: SessionRecord; readonly channels: readonly ChannelName[] }>,
  ): Promise<void>;
}

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
}

/** The live nodes. Times are the store's own, so that node clocks need not agree. */
export interface Registry {
  /** Says that the node lives; answers false when the store did not know it (first time, swept, or store emptied). */
  announce(node: NodeRecord): Promise<boolean>;
  /** Removes the node's own entry: it left politely. */
  withdraw(node: NodeId): Promise<void>;
  /** Nodes heard from within the liveness bound. */
  roster(): Promise<readonly NodeRecord[]>;
  /** Removes what nodes left behind that were not heard from within the sweep bound; answers their ids. */
  sweep(): Promise<readonly NodeId[]>;
}

/** Whose sessions an order is for: a user's, or one client's; both must fit where both are given. */
export interface Recipient {
  readonly user?: string;
  readonly client?: string;
  /** The secret of an emulated connection instead of its client id. */
  readonly session?: string;
}

/** What an order says of the subscription to be made. Texts are JSON. */
export interface OrderedGrant {
  readonly info?: string;
  readonly data?: string;
  /** ms since 1970; absent: never. */
  readonly expiresAt?: number;
  readonly override?: {
    readonly presence?: boolean;
    readonly joinLeave?: boolean;
    readonly forcePushJoinLeave?: boolean;
    readonly forceRecovery?: boolean;
    readonly forcePositioning?: boolean;
  };
}

/** An order to all nodes about sessions that any of them may have. Carrying one out twice is as good as once, but for `message`. */
export type Order =
  | (Recipient & {
      readonly kind: "disconnect";
      readonly keep: readonly string[];
      readonly code: number;
      readonly reason: string;
    })
  | (Recipient & {
      readonly kind: "subscribe";
      readonly channel: ChannelName;
      readonly grant: OrderedGrant;
      /** From where the publications are wanted that came before. */
      readonly since?: Position;
    })
  | (Recipient & {
      readonly kind: "unsubscribe";
      readonly channel: ChannelName;
      readonly code: number;
      readonly reason: string;
    })
  | (Recipient & {
      readonly kind: "refresh";
      /** The connection ends now. */
      readonly expired: boolean;
      /** ms since 1970; absent: never. */
      readonly expiresAt?: number;
      /** JSON text. */
      readonly info?: string;
    })
  /** `data` is JSON text. */
  | (Recipient & { readonly kind: "message"; readonly data: string });

/** A message between nodes. */
export type BusMessage =
  | {
      readonly kind: "publication";
      readonly channel: ChannelName;
      readonly epoch: string;
      readonly publication: Publication;
    }
  | Order
  | { readonly kind: "join" | "leave"; readonly channel: ChannelName; readonly info: ClientInfo }
  /** Asks every node for its channels; `answer` comes to the one who asks. */
  | { readonly kind: "question"; readonly node: NodeId; readonly nonce: number; readonly pattern: string }
  | {
      readonly kind: "answer";
      readonly node: NodeId;
      readonly nonce: number;
      /** Channel and its subscribers on that node. */
      readonly channels: ReadonlyArray<readonly [ChannelName, number]>;
      /** There are more than one answer may hold. */
      readonly cut: boolean;
    }
  /** To itself: does the bus bring it back? To others: is anybody well? With nonce 0: this node is. */
  | { readonly kind: "probe"; readonly node: NodeId; readonly nonce: number };

/** What stands in a rulebook. */
export interface Rules {
  /** Changes with every write; empty for a book that nobody has written in, or that has lost its data. */
  readonly version: string;
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * What operators have ordered for as long as they do not say otherwise: a small table that every balancer follows. Of
 * two writes of one entry the later one counts. At most `MAX_RULES` entries: those written longest ago are dropped.
 */
export interface Rulebook {
  /** Undefined while the version is still `known`. */
  read(known?: string): Promise<Rules | undefined>;
  /** Writes these entries and takes out those given as undefined: all or none. */
  write(changes: ReadonlyMap<string, string | undefined>): Promise<void>;
  /** Writes these entries into a book that is new or has lost its data; changes nothing in any other. */
  restore(entries: ReadonlyMap<string, string>): Promise<void>;
}

/** Entries that a rulebook keeps. */
export const MAX_RULES = 1_024;

/** Every node, or the named ones. */
export type BusTarget = "all" | readonly NodeId[];

/**
 * Between nodes. What it delivers may be late, double, out of order or missing: receivers order by offset and fill
 * holes from the streams.
 */
export interface Bus {
  /** Resolves once the broker has confirmed; rejects when it refused, could not be reached, or did not answer in time. */
  send(message: BusMessage, target: BusTarget): Promise<void>;
  /** Begins to receive for `node`. `onGap` is called when messages may have been missed: after each (re)connect but the first. */
  listen(
    node: NodeId,
    handlers: { readonly onMessage: (message: BusMessage) => void; readonly onGap: () => void },
  ): Promise<void>;
}

/** An event as it came from the shop, not yet understood. */
export interface RawEvent {
  readonly routingKey: string;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  /** True when the broker has delivered it before. */
  readonly redelivered: boolean;
}

/** What became of an event: done, or to be set aside with the reason and how often it was tried (1 where not said). */
export type EventOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "dead"; readonly reason: string; readonly tries?: number };

/**
 * The shop's events, in order within an order id. An event is settled only after the handler's promise: a rejection
 * means "not now", and the same event is handed over again after a pause, before any later one of its partition is settled.
 */
export interface EventFeed {
  /** Begins to consume as `node`; the partitions are spread over the nodes that `roster` names. */
  consume(options: {
    readonly node: NodeId;
    readonly roster: () => readonly NodeId[];
    readonly handle: (event: RawEvent) => Promise<EventOutcome>;
  }): Promise<EventConsumption>;
}

export interface EventConsumption {
  /** Tells that the roster may have changed. */
  rebalance(): void;
  /** How many events stand in each partition that no node has in hand. Rejects when the broker cannot be asked. */
  backlog(): Promise<readonly number[]>;
  /** Takes no more, lets what is in hand finish, gives the rest back. */
  stop(): Promise<void>;
}

/** Puts shop events on the broker. Resolves once it has confirmed: from then on the event is accepted. */
export interface EventSink {
  publish(event: {
    readonly routingKey: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<void>;
}
