import type { ChannelName, Position } from "@bellwire/protocol";

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
