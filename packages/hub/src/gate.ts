import type {
  ChannelName,
  Close,
  CloseName,
  Codec,
  ConnectRequest,
  ErrorName,
  ProtocolError,
  SubscribeRequest,
  SubscriptionGrant,
} from "@bellwire/protocol";
import type { Namespace } from "./namespace.ts";
import type { Peer } from "./peer.ts";

export interface Identity {
  /** "" is anonymous. */
  readonly user: string;
  /** JSON text shown to others as `conn_info`. */
  readonly info?: string;
  /** JSON text of the shop's own that clients never see. */
  readonly meta?: string;
}

/** Who asks. `identity` is undefined until the connection has been admitted. */
export interface Caller {
  readonly client: string;
  readonly identity: Identity | undefined;
  readonly codec: Pick<Codec, "name">;
  readonly peer: Peer;
}

/** Turned away: with an error that the client is told, or for good. */
export type Refusal =
  | { readonly ok: false; readonly error: ErrorName | ProtocolError }
  | { readonly ok: false; readonly close: CloseName | Close };

/** Who the client is, for how long, and what the server subscribes it to. */
export interface Admitted {
  readonly ok: true;
  readonly identity: Identity;
  /** When the connection must have been refreshed, ms since 1970; absent: never. */
  readonly expiresAt?: number;
  /** Server-side subscriptions that the connection begins with. */
  readonly subscriptions?: ReadonlyMap<ChannelName, SubscriptionGrant>;
  /** JSON text for the client in the connect reply. */
  readonly data?: string;
}

export type Admission = Admitted | Refusal;

/** A refreshed connection: `identity` must name the same user. */
export type Renewal = Pick<Admitted, "ok" | "identity" | "expiresAt"> | Refusal;

export type Leave = { readonly ok: true; readonly grant: SubscriptionGrant } | Refusal;

/** The backend may have the data changed, or kept out of the history. */
export type PublishLeave = { readonly ok: true; readonly data?: string; readonly skipHistory?: boolean } | Refusal;

/**
 * Whom the hub asks who a client is and what it may do; behind it are tokens, configuration and the shop's backend.
 * A rejection is an outage: the client is told to try again.
 */
export interface Gate {
  connect(caller: Caller, request: ConnectRequest): Promise<Admission>;
  refresh(caller: Caller, token: string): Promise<Renewal>;
  /** Asked only for a channel whose rules do not decide by themselves: by the token that came along, or by the backend. */
  subscribe(caller: Caller, request: SubscribeRequest, by: "token" | "backend"): Promise<Leave>;
  subRefresh(caller: Caller, request: { readonly channel: ChannelName; readonly token: string }): Promise<Leave>;
  /** Asked only in namespaces whose publications the backend decides on. `data` is JSON text. */
  publish(caller: Caller, request: { readonly channel: ChannelName; readonly data: string }): Promise<PublishLeave>;
}

/** How a client's wish to subscribe is decided: at once, by a further question, or not at all. */
export type SubscribeRule = "open" | "token" | "backend" | "permissionDenied";

/**
 * A channel with `#` is always its users' alone, whatever else it says; `$` always needs a token. Elsewhere a token that
 * is given decides, but in a namespace for nobody.
 */
export function ruleToSubscribe(
  rules: Pick<Namespace, "subscribe">,
  asked: {
    readonly channel: ChannelName;
    readonly user: string;
    readonly hasToken: boolean;
    readonly owners: readonly string[] | undefined;
  },
): SubscribeRule {
  const { channel, user, hasToken, owners } = asked;
  if (rules.subscribe === "nobody") return "permissionDenied";
  if (owners !== undefined && (user === "" || !owners.includes(user))) return "permissionDenied";
  if (hasToken) return "token";
  if (channel.startsWith("$") || rules.subscribe === "token") return "permissionDenied";
  if (rules.subscribe === "backend") return "backend";
  if (owners !== undefined || rules.subscribe === "anyone") return "open";
  return rules.subscribe === "users" && user !== "" ? "open" : "permissionDenied";
}
