import {
  type ErrorName,
  type SubscribeRequest,
  type SubscribeResult,
  type SubscriptionGrant,
  usersOf,
} from "@bellwire/protocol";
import type { CatchUp, RecoveryRequest } from "./catch-up.ts";
import type { Channels } from "./channels.ts";
import type { Directory } from "./directory.ts";
import { type Gate, type Leave, ruleToSubscribe } from "./gate.ts";
import type { HubLimits } from "./limits.ts";
import { type Namespace, type Namespaces, rulesOf } from "./namespace.ts";
import { turnAway } from "./refusal.ts";
import type { Session } from "./session.ts";
import { Subscription } from "./subscription.ts";

export interface SubscribingWorld {
  readonly channels: Channels;
  readonly directory: Directory;
  readonly namespaces: Namespaces;
  readonly limits: HubLimits;
  readonly gate: Gate;
}

/** Bit 2 of a subscribe's flag: refuse with error 112 rather than subscribe without recovery. */
const REJECT_UNRECOVERED = 2;

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
  return enter(world, session, { id, request, rules, grant: given.grant });
}

/** Joins an admitted session to the channel. */
async function enter(
  world: SubscribingWorld,
  session: Session,
  asked: {
    readonly id: number;
    readonly request: SubscribeRequest;
    readonly rules: Namespace;
    readonly grant: SubscriptionGrant;
  },
): Promise<void> {
  const { id, request, rules, grant } = asked;
  const { channel: name } = request;
  const subscription = new Subscription(session, name, { rules, grant });
  session.subscriptions.set(name, subscription);
  const channel = world.channels.open(name, rules);
  const wish = recoveryOf(request);
  const forget = (): void => {
    channel.leave(subscription);
    world.channels.release(channel);
    if (session.subscriptions.get(name) === subscription) session.subscriptions.delete(name);
  };

  let admit: () => CatchUp | undefined;
  try {
    admit = await channel.join(subscription, wish);
  } catch (error) {
    forget();
    throw error;
  }
  const caughtUp = admit();
  // Gone or unsubscribed while the stream was read.
  if (session.ended || session.subscriptions.get(name) !== subscription) return forget();
  const rejected =
    caughtUp !== undefined &&
    wish !== undefined &&
    !caughtUp.recovered &&
    ((request.flag ?? 0) & REJECT_UNRECOVERED) !== 0;
  if (caughtUp === undefined || rejected) {
    forget();
    return session.reply({ id, error: rejected ? "unrecoverablePosition" : "internal" });
  }
  session.reply({ id, method: "subscribe", result: resultOf(rules, caughtUp, wish !== undefined) });
  world.directory.subscribed(session, name);
}

/** Ends one subscription at the client's wish; answers the same where there was none. */
export function unsubscribe(
  world: SubscribingWorld,
  session: Session,
  id: number,
  name: Subscription["channel"],
): void {
  const subscription = session.subscriptions.get(name);
  if (subscription !== undefined) {
    session.subscriptions.delete(name);
    leave(world, subscription);
    world.directory.unsubscribed(session, name);
  }
  session.reply({ id, method: "unsubscribe" });
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
  { gate }: SubscribingWorld,
  session: Session,
  request: SubscribeRequest,
  rules: Namespace,
): Leave | Promise<Leave> {
  const { channel, token } = request;
  const rule = ruleToSubscribe(rules, {
    ...{ channel, owners: usersOf(channel), user: session.identity?.user ?? "" },
    hasToken: token !== undefined && token !== "",
  });
  if (rule === "open") return open;
  if (rule === "permissionDenied") return { ok: false, error: rule };
  return gate.subscribe(session, request, rule);
}

const recoveryOf = (request: SubscribeRequest): RecoveryRequest | undefined =>
  request.recover === true ? { epoch: request.epoch ?? "", offset: request.offset ?? 0 } : undefined;

function resultOf(rules: Namespace, caughtUp: CatchUp, wasRecovering: boolean): SubscribeResult {
  if (rules.history.size === 0) return {};
  const { epoch } = caughtUp.end;
  const common = { recoverable: true, positioned: true, epoch } as const;
  const recovering = wasRecovering ? ({ wasRecovering: true } as const) : {};
  return caughtUp.recovered
    ? { ...common, offset: caughtUp.from, recovered: true, publications: caughtUp.publications, ...recovering }
    : { ...common, offset: caughtUp.end.offset, ...recovering };
}
