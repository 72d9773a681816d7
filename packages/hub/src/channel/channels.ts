import type { ChannelName, Publication } from "@bellwire/protocol";
import type { Namespace } from "../namespace.ts";
import { type ChannelWorld, LiveChannel } from "./live-channel.ts";

/** The channels that this node holds: made for the first subscriber, let go a while after the last. */
export class Channels {
  readonly #byName = new Map<ChannelName, LiveChannel>();
  readonly #world: ChannelWorld;
  /** Where the next position check goes on. */
  #unchecked: ChannelName[] = [];

  constructor(world: ChannelWorld) {
    this.#world = world;
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: ChannelName): LiveChannel | undefined {
    return this.#byName.get(name);
  }

  /** The channel, made if it is not here. */
  open(name: ChannelName, rules: Namespace): LiveChannel {
    const here = this.#byName.get(name);
    if (here !== undefined) return here;
    const channel = new LiveChannel(name, rules, this.#world);
    this.#byName.set(name, channel);
    return channel;
  }

  receive(name: ChannelName, epoch: string, publication: Publication): void {
    const channel = this.#byName.get(name);
    if (channel === undefined) this.#world.observer.dropped("unwanted");
    else channel.receive(epoch, publication);
  }

  /** Called when a subscriber left: an idle channel is let go unless somebody comes within the linger. */
  release(channel: LiveChannel): void {
    if (!channel.isIdle) return;
    const { clock, limits, streams, node, observer } = this.#world;
    clock.after(limits.lingerMs, () => {
      if (!channel.isIdle || this.#byName.get(channel.name) !== channel) return;
      this.#drop(channel);
      if (channel.isHeld)
        streams.leave(channel.name, node).catch((error: unknown) => observer.failed("streams", error));
    });
  }

  #drop(channel: LiveChannel): void {
    channel.close();
    this.#byName.delete(channel.name);
  }

  /** The channels of this node, those that nobody listens to any more included. */
  get all(): Iterable<LiveChannel> {
    return this.#byName.values();
  }

  /** Lets go of the channels that nobody listens to, without a linger: the store is about to be told who holds what. */
  dropIdle(): void {
    for (const channel of [...this.#byName.values()]) if (channel.isIdle) this.#drop(channel);
  }

  /** Compares the next `share` (0 to 1) of all positions with the stream tops. */
  async check(share: number): Promise<void> {
    if (this.#unchecked.length === 0 || share >= 1) this.#unchecked = [...this.#byName.keys()];
    const count = Math.ceil(this.#byName.size * share);
    const due = this.#unchecked.splice(0, count);
    for (let start = 0; start < due.length; start += this.#world.limits.positionsPerCall)
      await this.#compare(due.slice(start, start + this.#world.limits.positionsPerCall));
  }

  async #compare(names: readonly ChannelName[]): Promise<void> {
    const followed = names.filter((name) => this.#byName.get(name)?.position !== undefined);
    if (followed.length === 0) return;
    try {
      const tops = await this.#world.streams.tops(followed);
      for (const [index, name] of followed.entries()) this.#byName.get(name)?.compare(tops[index]);
    } catch (error) {
      this.#world.observer.failed("streams", error);
    }
  }

  close(): void {
    for (const channel of this.#byName.values()) channel.close();
    this.#byName.clear();
  }
}
