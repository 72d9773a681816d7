import type { ChannelName, ClientInfo } from "@bellwire/protocol";
import type { HubObserver } from "../observer.ts";
import type { Bus } from "../ports/bus.ts";
import type { Presence } from "../ports/presence.ts";
import type { NodeId } from "../ports/registry.ts";
import type { Streams } from "../ports/streams.ts";
import { route } from "./route.ts";
import type { Subscription } from "./subscription.ts";

/** Channels whose presence is told anew in one round, after writes of theirs were lost. */
const RESTATED_PER_ROUND = 64;

export interface AttendanceParts {
  readonly node: NodeId;
  readonly presence: Presence;
  readonly streams: Streams;
  readonly bus: Bus;
  readonly observer: HubObserver;
  readonly liveNodes: () => readonly NodeId[];
}

/**
 * Tells the cluster which clients of this node come to channels and leave them, where the channel's rules want that told:
 * to the presence store, and to the subscribers who hear of it. Nothing waits for it; a write that was lost is made up for.
 */
export class Attendance {
  readonly #parts: AttendanceParts;
  /** The last thing being told of each client in each channel: the next waits for it. */
  readonly #last = new Map<string, Promise<void>>();
  /** Channels of which the store may say something else than the truth. */
  readonly #owed = new Set<ChannelName>();

  constructor(parts: AttendanceParts) {
    this.#parts = parts;
  }

  /** The subscription is live. */
  entered(subscription: Subscription): void {
    if (!subscription.isPresent && !subscription.announces) return;
    const { channel } = subscription;
    const info = infoOf(subscription);
    const { presence, node, observer } = this.#parts;
    this.#inTurn(subscription, async () => {
      if (subscription.isPresent)
        await this.#write(channel, async () => {
          if (!(await presence.enter(channel, node, info))) observer.unshown();
        });
      if (subscription.announces) await this.#announce("join", channel, info);
    });
  }

  /** The subscription was live and is no more. */
  left(subscription: Subscription): void {
    if (!subscription.isPresent && !subscription.announces) return;
    const { channel } = subscription;
    const info = infoOf(subscription);
    const { presence, node } = this.#parts;
    this.#inTurn(subscription, async () => {
      if (subscription.isPresent) await this.#write(channel, () => presence.leave(channel, node, info.client));
      if (subscription.announces) await this.#announce("leave", channel, info);
    });
  }

  /** Makes up for writes that were lost. `members` are a channel's live subscriptions on this node. */
  async makeUp(members: (channel: ChannelName) => Iterable<Subscription>): Promise<void> {
    const due = [...this.#owed].slice(0, RESTATED_PER_ROUND);
    for (const channel of due) this.#owed.delete(channel);
    await this.#restate(due, members);
  }

  /** Tells the store anew who is in all of these channels: it was away, or came back empty. */
  async reconcile(
    channels: readonly ChannelName[],
    members: (channel: ChannelName) => Iterable<Subscription>,
  ): Promise<void> {
    for (let start = 0; start < channels.length; start += RESTATED_PER_ROUND)
      await this.#restate(channels.slice(start, start + RESTATED_PER_ROUND), members);
  }

  async #restate(channels: readonly ChannelName[], members: (channel: ChannelName) => Iterable<Subscription>) {
    const { presence, node } = this.#parts;
    await Promise.all(
      channels.map((channel) => {
        const infos = [...members(channel)].filter(({ isPresent }) => isPresent).map(infoOf);
        return this.#write(channel, () => presence.restate(channel, node, infos));
      }),
    );
  }

  async #write(channel: ChannelName, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#owed.add(channel);
      this.#parts.observer.failed("presence", error);
    }
  }

  async #announce(kind: "join" | "leave", channel: ChannelName, info: ClientInfo): Promise<void> {
    const { streams, bus, liveNodes, observer } = this.#parts;
    try {
      const target = route(await streams.holders(channel), liveNodes().length);
      if (target !== undefined) await bus.send({ kind, channel, info }, target);
    } catch (error) {
      observer.failed("bus", error);
    }
  }

  /** One after the other for each client and channel, so that a quick leave does not overtake its join. */
  #inTurn({ channel, session }: Subscription, tell: () => Promise<void>): void {
    const key = `${session.client} ${channel}`;
    const before = this.#last.get(key);
    const told: Promise<void> = (before === undefined ? tell() : before.then(tell)).then(() => {
      if (this.#last.get(key) === told) this.#last.delete(key);
    });
    this.#last.set(key, told);
  }
}

/** What others are shown of a subscriber. */
export function infoOf({ session, grant }: Subscription): ClientInfo {
  const { user, info } = session.identity ?? { user: "" };
  return {
    ...{ user, client: session.client },
    ...(info !== undefined && { connInfo: info }),
    ...(grant.info !== undefined && { chanInfo: grant.info }),
  };
}
