import type { ChannelName } from "./channel.ts";
import type { UnsubscribeName } from "./closes.ts";
import type { ErrorName } from "./errors.ts";
import type { Publication } from "./publication.ts";

/** `ttl` in seconds; present only where something expires. */
export interface Expiry {
  readonly expires?: true;
  readonly ttl?: number;
}

export interface ConnectResult extends Expiry {
  readonly client: string;
  readonly version: string;
  /** The server pings about so often, seconds. */
  readonly ping: number;
  /** The client must answer pings. */
  readonly pong: true;
  /** The secret and the node that a client without a socket of its own must name later: emulated transports only. */
  readonly session?: string;
  readonly node?: string;
  /** JSON text for the application. */
  readonly data?: string;
}

/** `offset` is the requested one when `recovered` (the publications lead on from there), else the stream's top. */
export interface SubscribeResult {
  readonly recoverable?: true;
  readonly positioned?: true;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: true;
  readonly wasRecovering?: true;
  readonly publications?: readonly Publication[];
}

export interface HistoryResult {
  readonly epoch: string;
  readonly offset: number;
  readonly publications: readonly Publication[];
}

export interface RefreshResult extends Expiry {
  readonly client: string;
  readonly version: string;
}

/** An answer to the command with this id: its result, or an error. */
export type Reply =
  | { readonly id: number; readonly error: ErrorName }
  | { readonly id: number; readonly method: "connect"; readonly result: ConnectResult }
  | { readonly id: number; readonly method: "subscribe"; readonly result: SubscribeResult }
  | { readonly id: number; readonly method: "unsubscribe" | "publish" }
  | { readonly id: number; readonly method: "history"; readonly result: HistoryResult }
  | { readonly id: number; readonly method: "refresh"; readonly result: RefreshResult };

/** What the server says unasked. */
export type Push =
  | { readonly kind: "publication"; readonly channel: ChannelName; readonly publication: Publication }
  | { readonly kind: "unsubscribe"; readonly channel: ChannelName; readonly cause: UnsubscribeName };
