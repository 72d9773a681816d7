import { isUsableClose } from "@bellwire/protocol";
import { join, resultOf } from "../commands/joining.ts";
import { endSubscription, type SubscribingWorld } from "../commands/subscribing.ts";
import { termsOf } from "../commands/terms.ts";
import { rulesOf } from "../namespace.ts";
import type { HubObserver } from "../observer.ts";
import type { Order, Recipient } from "../ports/orders.ts";
import type { Session } from "../session/session.ts";

export interface OrdersWorld extends SubscribingWorld {
  readonly observer: HubObserver;
}

type OrderOf<Kind extends Order["kind"]> = Extract<Order, { readonly kind: Kind }>;

/** How often a subscription is tried whose history and live publications did not meet. */
const SUBSCRIBE_TRIES = 3;

/** Carries out an order on the sessions of this node that it is for. Doing it again changes nothing. */
export function carryOut(world: OrdersWorld, order: Order): void {
  for (const session of recipients(world, order)) {
    // Before its connect reply a client understands no push.
    if (!session.connected && order.kind !== "disconnect") continue;
    switch (order.kind) {
      case "disconnect":
        disconnect(session, order);
        break;
      case "subscribe":
        subscribe(world, session, order).catch((error: unknown) => world.observer.failed("orders", error));
        break;
      case "unsubscribe":
        unsubscribe(world, session, order);
        break;
      case "refresh":
        refresh(world, session, order);
        break;
      case "message":
        session.push({ kind: "message", data: order.data });
        break;
      default:
        order satisfies never;
    }
  }
}

function recipients({ directory }: OrdersWorld, { user, client, session: secret }: Recipient): readonly Session[] {
  if (user === undefined && client === undefined && secret === undefined) return [];
  const who = { ...(user !== undefined && { user }), ...(client !== undefined && { client }) };
  const found = user === undefined && client === undefined ? [...directory.all] : directory.find(who);
  return secret === undefined ? found : found.filter(({ peer }) => peer.secret === secret);
}

function disconnect(session: Session, { keep, code, reason }: OrderOf<"disconnect">): void {
  if (!keep.includes(session.client) && isUsableClose({ code, reason }))
    session.end("forceDisconnect", { code, reason });
}

async function subscribe(world: OrdersWorld, session: Session, order: OrderOf<"subscribe">): Promise<void> {
  const { channel, grant, since } = order;
  const rules = rulesOf(world.namespaces, channel);
  if (rules === undefined) return;
  const terms = termsOf(rules, since === undefined ? {} : { recover: true, ...since }, grant.override);
  for (let tries = 0; tries < SUBSCRIBE_TRIES; tries += 1) {
    if (session.ended || session.subscriptions.has(channel)) return;
    if (session.subscriptions.size >= world.limits.channelsPerClient) return session.end("channelLimit");
    const joining = await join(world, session, { channel, rules, grant, terms, byServer: true });
    const caughtUp = joining.admit();
    if (caughtUp === undefined) continue;
    const { publications = [], recovered, wasRecovering, ...subscribed } = resultOf(joining.asked, caughtUp);
    session.push({ kind: "subscribe", channel, subscribed });
    for (const publication of publications) session.push({ kind: "publication", channel, publication });
    return world.directory.subscribed(session, channel);
  }
}

function unsubscribe(world: OrdersWorld, session: Session, { channel, code, reason }: OrderOf<"unsubscribe">): void {
  if (endSubscription(world, session, channel)) session.push({ kind: "unsubscribe", channel, cause: { code, reason } });
}

function refresh({ clock }: OrdersWorld, session: Session, order: OrderOf<"refresh">): void {
  const { expired, expiresAt, info } = order;
  const { identity } = session;
  if (identity === undefined) return;
  if (expired || (expiresAt !== undefined && expiresAt <= clock.now())) return session.end("expired");
  session.expiresAt = expiresAt;
  if (info !== undefined) session.identity = { ...identity, info };
  const ttl =
    expiresAt === undefined ? {} : ({ expires: true, ttl: Math.ceil((expiresAt - clock.now()) / 1_000) } as const);
  session.push({ kind: "refresh", result: ttl });
}
