import type { ChannelName } from "./channel.ts";
import type { Close, UnsubscribeName } from "./closes.ts";
import type { ErrorName, ProtocolError } from "./errors.ts";
import type { ClientInfo, Publication } from "./publication.ts";

/** `ttl` in seconds; present only where something expires. */
export interface Expiry {
  readonly expires?: true;
  readonly ttl?: number;
}

export interface ConnectResult extends Expiry {
  readonly client: string;
  readonly version: string;
  /** The server pings about so often, seconds; absent where pings are the transport's own. */
  readonly ping?: number;
  /** The client must answer pings. Absent on unidirectional transports. */
  readonly pong?: true;
  /** The secret and the node that a client without a socket of its own must name later: emulated transports only. */
  readonly session?: string;
  readonly node?: string;
  /** Now, ms since 1970. */
  readonly time?: number;
  /** JSON text for the application. */
  readonly data?: string;
  /** What the server subscribed the client to. */
  readonly subs?: ReadonlyMap<ChannelName, SubscribeResult>;
}

/** `offset` is the requested one when `recovered` (the publications lead on from there), else the stream's top. */
export interface SubscribeResult extends Expiry {
  readonly recoverable?: true;
  readonly positioned?: true;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: true;
  readonly wasRecovering?: true;
  readonly publications?: readonly Publication[];
  /** JSON text for the application. */
  readonly data?: string;
  /** Publications may be differences: see README.md. */
  readonly delta?: true;
}

export interface HistoryResult {
  readonly epoch: string;
  readonly offset: number;
  readonly publications: readonly Publication[];
}

/** Each client once. */
export interface PresenceResult {
  readonly presence: readonly ClientInfo[];
}

export interface PresenceStatsResult {
  readonly clients: number;
  readonly users: number;
}

export interface RpcResult {
  /** JSON text. */
  readonly data?: string;
}

export interface RefreshResult extends Expiry {
  readonly client: string;
  readonly version: string;
}

/** The results that have fields; the other methods' are empty. */
interface Results {
  readonly connect: ConnectResult;
  readonly subscribe: SubscribeResult;
  readonly history: HistoryResult;
  readonly presence: PresenceResult;
  readonly presence_stats: PresenceStatsResult;
  readonly rpc: RpcResult;
  readonly refresh: RefreshResult;
  readonly sub_refresh: Expiry;
}

/** An answer to the command with this id that says its result. */
export type ResultReply =
  | { readonly id: number; readonly method: "unsubscribe" | "publish" }
  | { [M in keyof Results]: { readonly id: number; readonly method: M; readonly result: Results[M] } }[keyof Results];

/** An answer to the command with this id: its result, or an error of the table or of the application's own (400 to 1999). */
export type Reply = { readonly id: number; readonly error: ErrorName | ProtocolError } | ResultReply;

/** Where a subscription stands that the server added later. */
export interface Subscribed {
  readonly recoverable?: true;
  readonly positioned?: true;
  readonly epoch?: string;
  readonly offset?: number;
  /** JSON text for the application. */
  readonly data?: string;
}

/** What the server says unasked. */
export type Push =
  | { readonly kind: "publication"; readonly channel: ChannelName; readonly publication: Publication }
  /** A publication for who takes differences: as one, where there is one, else whole. */
  | {
      readonly kind: "difference";
      readonly channel: ChannelName;
      readonly publication: Publication;
      readonly difference: string | undefined;
    }
  | { readonly kind: "join" | "leave"; readonly channel: ChannelName; readonly info: ClientInfo }
  | { readonly kind: "subscribe"; readonly channel: ChannelName; readonly subscribed: Subscribed }
  /** `cause`: of the table, or a code and reason of the caller's own. */
  | { readonly kind: "unsubscribe"; readonly channel: ChannelName; readonly cause: UnsubscribeName | Close }
  /** `data` is JSON text. */
  | { readonly kind: "message"; readonly data: string }
  /** Says why the connection ends where the transport has no close codes. */
  | { readonly kind: "disconnect"; readonly close: Close }
  /** The connect reply of unidirectional transports. */
  | { readonly kind: "connect"; readonly result: ConnectResult }
  /** The refresh reply of unidirectional transports. */
  | { readonly kind: "refresh"; readonly result: Expiry };
