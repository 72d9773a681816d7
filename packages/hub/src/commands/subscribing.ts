import { type ChannelName, type ErrorName, type SubscribeRequest, usersOf } from "@bellwire/protocol";
import type { Channels } from "../channel/channels.ts";
import type { Subscription } from "../channel/subscription.ts";
import { type Gate, type Leave, ruleToSubscribe } from "../gate.ts";
import type { HubLimits } from "../limits.ts";
import { type Namespace, type Namespaces, rulesOf } from "../namespace.ts";
import type { Clock } from "../ports/clock.ts";
import type { Directory } from "../session/directory.ts";
import type { Session } from "../session/session.ts";
import { expiryOf } from "./expiry.ts";
import { type Asked, join, resultOf } from "./joining.ts";
import { turnAway } from "./refusal.ts";
import { isUnrecovered, termsOf } from "./terms.ts";

export interface SubscribingWorld {
  readonly channels: Channels;
  readonly directory: Directory;
  readonly namespaces: Namespaces;
  readonly limits: HubLimits;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Every channel is open: for development. */
  readonly insecure: boolean;
}

/**
 * Subscribes a session. The reply is written before any publication of the channel, and in the same turn in which the
 * subscription becomes live. Rejects when the stream cannot be read; the session is then not subscribed.
 */
export async function subscribe(
  world: SubscribingWorld,
  session: Session,
  id: number,
  request: SubscribeRequest,
): Promise<void> {
  const rules = rulesOf(world.namespaces, request.channel);
  const refusal = refusalOf(world, session, request, rules);
  if (refusal !== undefined || rules === undefined) return session.reply({ id, error: refusal ?? "unknownChannel" });
  const leave = leaveTo(world, session, request, rules);
  const given = leave instanceof Promise ? await leave : leave;
  if (session.ended) return;
  if (!given.ok) return turnAway(session, id, given);
  // Asked for several channels at once, a client may have filled its places meanwhile.
  const refusalNow = refusalOf(world, session, request, rules);
  if (refusalNow !== undefined) return session.reply({ id, error: refusalNow });
  const { channel, join_leave: asksWhoComes = false } = request;
  const { grant } = given;
  return enter(world, session, id, {
    ...{ channel, rules, grant, asksWhoComes },
    terms: termsOf(rules, request, grant.override),
  });
}

/** Joins an admitted session to the channel. */
async function enter(world: SubscribingWorld, session: Session, id: number, asked: Asked): Promise<void> {
  const { grant } = asked;
  const now = world.clock.now();
  if (grant.expiresAt !== undefined && grant.expiresAt <= now) return session.reply({ id, error: "expired" });
  const joining = await join(world, session, asked);
  const caughtUp = joining.admit();
  if (caughtUp === undefined) return session.reply({ id, error: "internal" });
  if (isUnrecovered(asked.terms, caughtUp)) {
    joining.forget();
    return session.reply({ id, error: "unrecoverablePosition" });
  }
  const result = { ...resultOf(asked, caughtUp), ...expiryOf(grant.expiresAt, now) };
  session.reply({ id, method: "subscribe", result });
  world.directory.subscribed(session, asked.channel);
}

/** Ends one subscription at the client's wish; answers the same where there was none. */
export function unsubscribe(
  world: SubscribingWorld,
  session: Session,
  id: number,
  name: Subscription["channel"],
): void {
  endSubscription(world, session, name);
  session.reply({ id, method: "unsubscribe" });
}

/** Takes a session out of a channel; answers whether it was there. */
export function endSubscription(world: SubscribingWorld, session: Session, channel: ChannelName): boolean {
  const subscription = session.subscriptions.get(channel);
  if (subscription === undefined) return false;
  session.subscriptions.delete(channel);
  leave(world, subscription);
  world.directory.unsubscribed(session, channel);
  return true;
}

/** Takes a subscriber out of its channel. */
export function leave(world: Pick<SubscribingWorld, "channels">, subscription: Subscription): void {
  const channel = world.channels.get(subscription.channel);
  if (channel === undefined) return;
  channel.leave(subscription);
  world.channels.release(channel);
}

function refusalOf(
  { limits }: SubscribingWorld,
  session: Session,
  request: SubscribeRequest,
  rules: Namespace | undefined,
): ErrorName | undefined {
  if (request.tf !== undefined) return "badRequest";
  if ((request.type ?? 0) >= 1) return "notAvailable";
  if (rules === undefined) return "unknownChannel";
  if (session.subscriptions.has(request.channel)) return "alreadySubscribed";
  if (session.subscriptions.size >= limits.channelsPerClient) return "limitExceeded";
  return undefined;
}

const open: Leave = { ok: true, grant: {} };

/** Whether the channel's rules, its token or the shop's backend let the session in. Without a question to ask, at once. */
function leaveTo(
  { gate, insecure }: SubscribingWorld,
  session: Session,
  request: SubscribeRequest,
  rules: Namespace,
): Leave | Promise<Leave> {
  const { channel, token } = request;
  if (insecure) return open;
  const rule = ruleToSubscribe(rules, {
    ...{ channel, owners: usersOf(channel), user: session.identity?.user ?? "" },
    hasToken: token !== undefined && token !== "",
  });
  if (rule === "open") return open;
  if (rule === "permissionDenied") return { ok: false, error: rule };
  return gate.subscribe(session, request, rule);
}
