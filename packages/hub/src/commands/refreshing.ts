import type { RequestOf } from "@bellwire/protocol";
import type { Gate } from "../gate.ts";
import type { Clock } from "../ports/clock.ts";
import type { Session } from "../session/session.ts";
import { expiryOf } from "./expiry.ts";
import { turnAway } from "./refusal.ts";
import { endSubscription, type SubscribingWorld } from "./subscribing.ts";

export interface RefreshingWorld extends SubscribingWorld {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly version: string;
}

/** Takes a new connection token: of the same user, or the connection ends. */
export async function refresh(world: RefreshingWorld, session: Session, id: number, token: string): Promise<void> {
  const renewal = await world.gate.refresh(session, token);
  if (session.ended) return;
  if (!renewal.ok) return turnAway(session, id, renewal);
  if (renewal.identity.user !== session.identity?.user) return session.end("invalidToken");
  session.expiresAt = renewal.expiresAt;
  const expiry = expiryOf(session.expiresAt, world.clock.now());
  session.reply({ id, method: "refresh", result: { client: session.client, version: world.version, ...expiry } });
}

/** Takes a new token for one subscription. With an expired one the subscription ends, and the client may begin anew. */
export async function subRefresh(
  world: RefreshingWorld,
  session: Session,
  id: number,
  request: RequestOf<"sub_refresh">,
): Promise<void> {
  const { channel, token = "", type = 0 } = request;
  if (type >= 1) return session.reply({ id, error: "notAvailable" });
  if (token === "") return session.reply({ id, error: "badRequest" });
  const subscription = session.subscriptions.get(channel);
  if (subscription?.live !== true) return session.reply({ id, error: "permissionDenied" });
  const leave = await world.gate.subRefresh(session, { channel, token });
  if (session.ended) return;
  if (!leave.ok && "error" in leave && leave.error === "tokenExpired") expire(world, session, channel);
  if (!leave.ok) return turnAway(session, id, leave);
  if (session.subscriptions.get(channel) !== subscription) return session.reply({ id, error: "permissionDenied" });
  const { expiresAt, info } = leave.grant;
  const { expiresAt: _before, ...grant } = subscription.grant;
  subscription.grant = {
    ...grant,
    ...(info !== undefined && { info }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  session.noteSubscriptionExpiry(expiresAt);
  session.reply({ id, method: "sub_refresh", result: expiryOf(expiresAt, world.clock.now()) });
}

/** Ends the subscriptions that have outlived their tokens, and finds out which is the next to do so. */
export function expireSubscriptions(world: RefreshingWorld, session: Session): void {
  const latest = world.clock.now() - world.limits.expiryGraceMs;
  session.subscriptionsExpireAt = undefined;
  for (const { channel, grant } of [...session.subscriptions.values()]) {
    if (session.ended) return;
    if (grant.expiresAt !== undefined && grant.expiresAt < latest) expire(world, session, channel);
    else session.noteSubscriptionExpiry(grant.expiresAt);
  }
}

function expire(world: SubscribingWorld, session: Session, channel: RequestOf<"sub_refresh">["channel"]): void {
  if (session.subscriptions.get(channel)?.byServer === true) return session.end("subscriptionExpired");
  if (endSubscription(world, session, channel))
    session.push({ kind: "unsubscribe", channel, cause: "subscriptionExpired" });
}
