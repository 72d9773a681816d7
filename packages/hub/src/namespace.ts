import { type ChannelName, type ErrorName, namespaceOf, usersOf } from "@bellwire/protocol";
import type { HistoryRule } from "./ports.ts";

/** The rules of all channels whose name begins with `name:`; "" is the namespace of channels without a colon. */
export interface Namespace {
  readonly name: string;
  /** `anyone`; `users` who are not anonymous; only the `owner` that the channel names after its `#`; or `nobody`. */
  readonly subscribe: "anyone" | "users" | "owner" | "nobody";
  /** Which clients may publish; the server API always may. */
  readonly publish: "nobody" | "subscribers";
  readonly history: HistoryRule;
  /** Whether a slow reader's messages may be skipped; it is told to recover them once it has caught up. */
  readonly skippable: boolean;
  /** How long an event id is remembered, ms. */
  readonly dedupMs: number;
  /** How long a subject's last version is remembered, ms. */
  readonly versionTtlMs: number;
}

export type Namespaces = ReadonlyMap<string, Namespace>;

/** The rules of a channel; undefined where its namespace is not configured. */
export const rulesOf = (namespaces: Namespaces, channel: ChannelName): Namespace | undefined =>
  namespaces.get(namespaceOf(channel));

/** Why `user` ("" is anonymous) may not subscribe; undefined if it may. A channel with `#` is always its users' alone. */
export function refusalToSubscribe(rules: Namespace, channel: ChannelName, user: string): ErrorName | undefined {
  if (rules.subscribe === "nobody" || channel.startsWith("$")) return "permissionDenied";
  const owners = usersOf(channel);
  if (owners !== undefined) return user !== "" && owners.includes(user) ? undefined : "permissionDenied";
  if (rules.subscribe === "anyone" || (rules.subscribe === "users" && user !== "")) return undefined;
  return "permissionDenied";
}
