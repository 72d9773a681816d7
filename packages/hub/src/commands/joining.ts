import type { ChannelName, SubscribeResult, SubscriptionGrant } from "@bellwire/protocol";
import type { CatchUp } from "../channel/catch-up.ts";
import type { Channels } from "../channel/channels.ts";
import { Subscription } from "../channel/subscription.ts";
import type { Namespace } from "../namespace.ts";
import type { Session } from "../session/session.ts";
import { placeOf, type Terms } from "./terms.ts";

/** What is known of a subscription before it begins. */
export interface Asked {
  readonly channel: ChannelName;
  readonly rules: Namespace;
  readonly grant: SubscriptionGrant;
  readonly terms: Terms;
  readonly byServer?: boolean;
  readonly asksWhoComes?: boolean;
}

/** A subscription on its way: all that it needs has been read. One of the two is to be called. */
export interface Joining {
  readonly asked: Asked;
  /**
   * Makes it live, in the turn in which the client is told; undefined where history and live did not meet, or the client
   * is gone or has unsubscribed meanwhile: nothing is left of it then.
   */
  admit(): CatchUp | undefined;
  /** Takes it back. */
  forget(): void;
}

/** Begins a subscription of a session; from now on it has its place there. Rejects when the stream cannot be read. */
export async function join(world: { readonly channels: Channels }, session: Session, asked: Asked): Promise<Joining> {
  const { channel: name, rules, terms } = asked;
  const subscription = new Subscription(session, name, { ...asked, delta: terms.delta });
  session.subscriptions.set(name, subscription);
  session.noteSubscriptionExpiry(asked.grant.expiresAt);
  const channel = world.channels.open(name, rules);
  const forget = (): void => {
    channel.leave(subscription);
    world.channels.release(channel);
    if (session.subscriptions.get(name) === subscription) session.subscriptions.delete(name);
  };
  let meet: () => CatchUp | undefined;
  try {
    meet = await channel.join(subscription, terms.recovery);
  } catch (error) {
    forget();
    throw error;
  }
  return {
    asked,
    forget,
    admit() {
      const caughtUp = meet();
      const isWanted = !session.ended && session.subscriptions.get(name) === subscription;
      if (caughtUp === undefined || !isWanted) forget();
      return isWanted ? caughtUp : undefined;
    },
  };
}

/** What a client is told of a subscription that has become live. */
export function resultOf({ terms, grant }: Asked, caughtUp: CatchUp): SubscribeResult {
  return { ...placeOf(terms, caughtUp), ...(grant.data !== undefined && { data: grant.data }) };
}
