import type { ChannelName, SubscriptionGrant } from "@bellwire/protocol";

/** What a valid connection token says. */
export interface ConnectionClaims {
  /** "" is an anonymous user. */
  readonly user: string;
  /** When the connection must be refreshed, ms since 1970; absent: never. */
  readonly expiresAt?: number;
  /** JSON text shown to others in presence and publications. */
  readonly info?: string;
  /** JSON text of the shop's own that clients never see. */
  readonly meta?: string;
  /** What the server subscribes the client to: the claims `channels` and `subs`. */
  readonly subscriptions?: ReadonlyMap<ChannelName, SubscriptionGrant>;
}

/** What a valid subscription token says. */
export interface SubscriptionClaims {
  readonly user: string;
  readonly channel: ChannelName;
  /** Only this client may use it. */
  readonly client?: string;
  readonly grant: SubscriptionGrant;
}

/**
 * - `expired`: a new token may help; also when it is not valid yet.
 * - `invalid`: it cannot be verified, or is no such token.
 * - `unavailable`: the keys could not be had just now.
 */
export type Fault = "expired" | "invalid" | "unavailable";

export type Verdict<Claims> =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly cause: Fault };

/** Never rejects: whatever a token holds, the answer is a verdict. */
export interface TokenVerifier {
  connection(token: string): Promise<Verdict<ConnectionClaims>>;
  subscription(token: string): Promise<Verdict<SubscriptionClaims>>;
}
