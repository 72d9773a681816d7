import { type ChannelName, namespaceOf } from "@bellwire/protocol";
import type { HistoryRule } from "./ports/streams.ts";

/** The rules of all channels whose name begins with `name:`; "" is the namespace of channels without a colon. */
export interface Namespace {
  readonly name: string;
  /**
   * Who may subscribe: `anyone`; `users` who are not anonymous; only the `owner` that the channel names after its `#`;
   * who has a subscription `token`; whom the shop's `backend` lets; or `nobody` but by the server's own doing.
   */
  readonly subscribe: "anyone" | "users" | "owner" | "token" | "backend" | "nobody";
  /** Which clients may publish: its `subscribers`, or who the shop's `backend` lets; the server API always may. */
  readonly publish: "nobody" | "subscribers" | "backend";
  readonly history: HistoryRule;
  /** Whether it is kept who is in a channel: for the server API alone, or for the channel's subscribers too. */
  readonly presence: "off" | "server" | "subscribers";
  /** Whether subscribers are told who comes and goes: those who `asked`, or all of them. */
  readonly joinLeave: "off" | "asked" | "forced";
  /** Every client with a user is subscribed to `<name>:#<user>` (`#<user>` in the default namespace) when it connects. */
  readonly personal: boolean;
  /** Whoever subscribes is given the latest publication, and nothing of what came before it. Needs history. */
  readonly cache: boolean;
  /** Whether every subscription to a channel with history can be recovered, or only those that ask for it. */
  readonly forceRecovery: boolean;
  /** Whether every subscription is told its position, or only those that ask for it or for recovery. */
  readonly forcePositioning: boolean;
  /** Whether clients that ask for it get publications as differences to the one before. */
  readonly delta: boolean;
  /** Whether a slow reader's messages may be skipped; it is told to recover them once it has caught up. */
  readonly skippable: boolean;
  /** How long an event id is remembered, ms. */
  readonly dedupMs: number;
  /** How long a subject's last version is remembered, ms. */
  readonly versionTtlMs: number;
}

/** What a namespace is where nothing else is said: for logged-in users, without history. */
export const plainNamespace: Omit<Namespace, "name"> = {
  subscribe: "users",
  publish: "nobody",
  history: { size: 0, ttlMs: 300_000 },
  presence: "off",
  joinLeave: "off",
  personal: false,
  cache: false,
  forceRecovery: true,
  forcePositioning: true,
  delta: false,
  skippable: false,
  dedupMs: 300_000,
  versionTtlMs: 2_592_000_000,
};

export type Namespaces = ReadonlyMap<string, Namespace>;

/** The rules of a channel; undefined where its namespace is not configured. */
export const rulesOf = (namespaces: Namespaces, channel: ChannelName): Namespace | undefined =>
  namespaces.get(namespaceOf(channel));
