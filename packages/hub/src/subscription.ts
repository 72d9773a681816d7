import type { ChannelName, Codec, Push, SubscriptionGrant } from "@bellwire/protocol";
import type { Frame, SharedPush } from "./frame.ts";
import type { Namespace } from "./namespace.ts";

/** A session, as its subscriptions see it. */
export interface Subscriber {
  readonly client: string;
  readonly codec: Codec;
  readonly ended: boolean;
  /** Whether what may be skipped should be. */
  readonly isBehind: boolean;
  /** Set once a subscription had messages skipped. */
  lags: boolean;
  readonly subscriptions: Map<ChannelName, Subscription>;
  enqueue(frame: Frame): void;
  push(push: Push): void;
}

/** What came of offering a publication to one subscriber. */
export type Delivery = "sent" | "had" | "skipped" | "gap";

/** One session's place in one channel. */
export class Subscription {
  readonly session: Subscriber;
  readonly channel: ChannelName;
  /** The last offset that the client has, or will have once its reply is written. */
  offset = 0;
  /** The client was told that it is subscribed: from here on publications flow. */
  live = false;
  /** Messages were skipped: nothing more is sent until the client has subscribed again. */
  lagging = false;
  readonly #skippable: boolean;
  /** What it comes with beyond its channel's rules. */
  grant: SubscriptionGrant;

  constructor(
    session: Subscriber,
    channel: ChannelName,
    { rules, grant }: { readonly rules: Namespace; readonly grant: SubscriptionGrant },
  ) {
    this.session = session;
    this.channel = channel;
    this.grant = grant;
    this.#skippable = rules.skippable;
  }

  /** Offers the publication at `offset` (0: without history). A client sees each offset once and in order, or not at all. */
  offer(push: SharedPush, offset: number): Delivery {
    if (this.lagging) return "skipped";
    if (offset > 0) {
      if (offset <= this.offset) return "had";
      if (offset !== this.offset + 1) return "gap";
    }
    const { session } = this;
    if (this.#skippable && session.isBehind) {
      this.lagging = offset > 0;
      session.lags ||= this.lagging;
      return "skipped";
    }
    if (offset > 0) this.offset = offset;
    session.enqueue(push.frameFor(session.codec));
    return "sent";
  }
}
