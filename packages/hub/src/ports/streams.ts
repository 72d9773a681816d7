import type { ChannelName, ClientInfo, Position, Publication } from "@bellwire/protocol";
import type { NodeId } from "./registry.ts";

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
