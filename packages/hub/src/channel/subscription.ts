import type { ChannelName, Codec, Push, SubscriptionGrant } from "@bellwire/protocol";
import type { Identity } from "../gate.ts";
import type { Namespace } from "../namespace.ts";
import type { Frame, SharedPublication } from "../session/frame.ts";

/** A session, as its subscriptions see it. */
export interface Subscriber {
  readonly client: string;
  readonly identity: Identity | undefined;
  readonly codec: Codec;
  readonly ended: boolean;
  /** Whether what may be skipped should be. */
  readonly isBehind: boolean;
  /** Whether it can be sent so many bytes of history at once; if so they count as waiting until the reply is queued. */
  takes(historyBytes: number): boolean;
  /** Set once a subscription had messages skipped. */
  lags: boolean;
  readonly subscriptions: Map<ChannelName, Subscription>;
  enqueue(frame: Frame): void;
  end(cause: "insufficientState"): void;
  push(push: Push): void;
}

/** What came of offering a publication to one subscriber. */
export type Delivery = "sent" | "had" | "skipped" | "gap";

export interface SubscriptionOptions {
  readonly rules: Namespace;
  readonly grant: SubscriptionGrant;
  /** The server made it: the client did not ask for it. */
  readonly byServer?: boolean;
  /** The client would like to be told who comes and goes. */
  readonly asksWhoComes?: boolean;
  /** The client takes differences. */
  readonly delta?: boolean;
}

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
  readonly byServer: boolean;
  /** Whether presence shows it. */
  readonly isPresent: boolean;
  /** Whether others are told that it comes and goes. */
  readonly announces: boolean;
  /** Whether it is told who comes and goes. */
  readonly hearsWhoComes: boolean;
  readonly #skippable: boolean;
  /** What it comes with beyond its channel's rules. */
  grant: SubscriptionGrant;
  readonly #delta: boolean;
  /** The channel's publication before is the last that the client was sent live: it can take a difference to it. */
  #hasPrevious = false;

  constructor(session: Subscriber, channel: ChannelName, options: SubscriptionOptions) {
    const { rules, grant, byServer = false, asksWhoComes = false, delta = false } = options;
    const override = grant.override ?? {};
    this.session = session;
    this.channel = channel;
    this.grant = grant;
    this.byServer = byServer;
    this.isPresent = override.presence ?? rules.presence !== "off";
    this.announces = override.joinLeave ?? rules.joinLeave !== "off";
    this.hearsWhoComes =
      (override.forcePushJoinLeave ?? rules.joinLeave === "forced") || (asksWhoComes && this.announces);
    this.#skippable = rules.skippable;
    this.#delta = delta;
  }

  /** Offers the publication at `offset` (0: without history). A client sees each offset once and in order, or not at all. */
  offer(publication: SharedPublication, offset: number): Delivery {
    const delivery = this.#place(offset);
    if (delivery === "sent") {
      const form = this.#delta ? (this.#hasPrevious ? "difference" : "whole") : "plain";
      this.session.enqueue(publication.frameFor(this.session.codec, form));
    }
    this.#hasPrevious = delivery === "sent";
    return delivery;
  }

  #place(offset: number): Delivery {
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
    return "sent";
  }
}
