import type { NodeId } from "@bellwire/hub";
import type { ChannelName, ClientInfo } from "@bellwire/protocol";

/** Which nodes hold which channels, found from both sides, and who is present there by each of them. */
export class Holders {
  readonly #present = new Map<ChannelName, Map<NodeId, Map<string, ClientInfo>>>();
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
    this.setPresent(channel, node, new Map());
  }

  /** The clients of a node in a channel, by their ids. */
  present(channel: ChannelName, node: NodeId): Map<string, ClientInfo> {
    return this.#present.get(channel)?.get(node) ?? new Map();
  }

  setPresent(channel: ChannelName, node: NodeId, infos: Map<string, ClientInfo>): void {
    const nodes = entryOf(this.#present, channel, () => new Map<NodeId, Map<string, ClientInfo>>());
    if (infos.size > 0) nodes.set(node, infos);
    else nodes.delete(node);
    if (nodes.size === 0) this.#present.delete(channel);
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
    this.#present.clear();
  }
}

export function entryOf<Key, Entry>(map: Map<Key, Entry>, key: Key, create: () => Entry): Entry {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
