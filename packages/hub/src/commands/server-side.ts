import {
  ChannelName,
  type ConnectRequest,
  type ErrorName,
  type SubscribeResult,
  type SubscriptionGrant,
  usersOf,
} from "@bellwire/protocol";
import type { Admitted } from "../gate.ts";
import { ruleToSubscribe } from "../gate.ts";
import { type Namespaces, rulesOf } from "../namespace.ts";
import { isUnidirectional } from "../peer.ts";
import type { Session } from "../session/session.ts";
import { type Joining, join, resultOf } from "./joining.ts";
import type { SubscribingWorld } from "./subscribing.ts";
import { termsOf } from "./terms.ts";

/** The channels that a connection begins with, and what each comes with. */
export type Wanted = ReadonlyMap<ChannelName, SubscriptionGrant>;

/**
 * What the server subscribes a client to when it connects: what its token or the shop's backend names, its personal
 * channels, and on a unidirectional transport what it asks for itself and may have.
 */
export async function wantedOf(
  world: SubscribingWorld,
  session: Session,
  from: { readonly admitted: Admitted; readonly request: ConnectRequest },
): Promise<Wanted> {
  const { admitted, request } = from;
  const wanted = new Map(admitted.subscriptions);
  for (const channel of personalChannels(world.namespaces, admitted.identity.user))
    if (!wanted.has(channel)) wanted.set(channel, {});
  if (!isUnidirectional(session.peer) || request.subs === undefined) return wanted;
  const asked = (Object.keys(request.subs) as ChannelName[]).filter((channel) => !wanted.has(channel));
  const grants = await Promise.all(asked.map((channel) => grantTo(world, session, channel)));
  for (const [index, channel] of asked.entries()) {
    const grant = grants[index];
    if (grant !== undefined) wanted.set(channel, grant);
  }
  return wanted;
}

/** The grant of a channel that a client asks for with its connect; undefined where it may not have it. */
async function grantTo(
  { namespaces, gate }: SubscribingWorld,
  session: Session,
  channel: ChannelName,
): Promise<SubscriptionGrant | undefined> {
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return undefined;
  const user = session.identity?.user ?? "";
  const rule = ruleToSubscribe(rules, { channel, user, owners: usersOf(channel), hasToken: false });
  if (rule === "open") return {};
  if (rule === "permissionDenied") return undefined;
  const leave = await gate.subscribe(session, { channel }, rule);
  return leave.ok ? leave.grant : undefined;
}

function* personalChannels(namespaces: Namespaces, user: string): Generator<ChannelName> {
  // A comma would make the channel that of several users.
  if (user === "" || user.includes(",")) return;
  for (const { name, personal } of namespaces.values()) {
    if (!personal) continue;
    const channel = ChannelName.safeParse(name === "" ? `#${user}` : `${name}:#${user}`);
    if (channel.success) yield channel.data;
  }
}

/** All subscriptions of a connect are ready, or none is. */
export type ServerSide =
  | {
      readonly ok: true;
      /** Makes all live, in the turn in which the client is told; undefined where it has to try again: none is left then. */
      admit(): ReadonlyMap<ChannelName, SubscribeResult> | undefined;
    }
  | { readonly ok: false; readonly error: ErrorName }
  | { readonly ok: false; readonly close: "channelLimit" };

/** Begins the subscriptions of a connect. Rejects when a stream cannot be read; none is left then. */
export async function joinAll(
  world: SubscribingWorld,
  session: Session,
  { wanted, request }: { readonly wanted: Wanted; readonly request: ConnectRequest },
): Promise<ServerSide> {
  if (wanted.size > world.limits.channelsPerClient) return { ok: false, close: "channelLimit" };
  const begun: Array<Promise<Joining>> = [];
  for (const [channel, grant] of wanted) {
    const rules = rulesOf(world.namespaces, channel);
    if (rules === undefined) return forgetAll(begun).then(() => ({ ok: false, error: "unknownChannel" }));
    const terms = termsOf(rules, request.subs?.[channel] ?? {}, grant.override);
    begun.push(join(world, session, { channel, rules, grant, terms, byServer: true }));
  }
  let joinings: readonly Joining[];
  try {
    joinings = await Promise.all(begun);
  } catch (error) {
    await forgetAll(begun);
    throw error;
  }
  return { ok: true, admit: () => admitAll(joinings) };
}

function admitAll(joinings: readonly Joining[]): ReadonlyMap<ChannelName, SubscribeResult> | undefined {
  const results = new Map<ChannelName, SubscribeResult>();
  for (const joining of joinings) {
    const caughtUp = joining.admit();
    if (caughtUp === undefined) {
      for (const one of joinings) one.forget();
      return undefined;
    }
    results.set(joining.asked.channel, resultOf(joining.asked, caughtUp));
  }
  return results;
}

async function forgetAll(begun: ReadonlyArray<Promise<Joining>>): Promise<void> {
  for (const outcome of await Promise.allSettled(begun)) if (outcome.status === "fulfilled") outcome.value.forget();
}
