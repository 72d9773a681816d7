import type { NodeId } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";

/** Which nodes hold which channels, found from both sides. */
export class Holders {
  readonly #byChannel = new Map<ChannelName, Map<NodeId, number>>();
  readonly #byNode = new Map<NodeId, Set<ChannelName>>();

  add(channel: ChannelName, node: NodeId, joinedAt: number): void {
    entryOf(this.#byChannel, channel, () => new Map<NodeId, number>()).set(node, joinedAt);
    entryOf(this.#byNode, node, () => new Set<ChannelName>()).add(channel);
  }

  delete(channel: ChannelName, node: NodeId): void {
    const nodes = this.#byChannel.get(channel);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#byChannel.delete(channel);
    const channels = this.#byNode.get(node);
    channels?.delete(channel);
    if (channels?.size === 0) this.#byNode.delete(node);
  }

  nodesOf(channel: ChannelName): NodeId[] {
    return [...(this.#byChannel.get(channel)?.keys() ?? [])];
  }

  /** The channels of a node, each with the time of its last join. */
  channelsOf(node: NodeId): Array<readonly [ChannelName, number]> {
    return [...(this.#byNode.get(node) ?? [])].map((channel) => [
      channel,
      this.#byChannel.get(channel)?.get(node) ?? 0,
    ]);
  }

  deleteNode(node: NodeId): void {
    for (const [channel] of this.channelsOf(node)) this.delete(channel, node);
  }

  clear(): void {
    this.#byChannel.clear();
    this.#byNode.clear();
  }
}

export function entryOf<Key, Entry>(map: Map<Key, Entry>, key: Key, create: () => Entry): Entry {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
