import type { NodeId } from "@bellwire/hub";

/** Who consumes a partition, and who waits behind. */
export interface Place {
  readonly first: NodeId;
  /** Absent where the roster has one node only. */
  readonly standby: NodeId | undefined;
}

/**
 * Spreads the partitions over the roster, the same on every node that sees the same roster. Rendezvous hashing, so that
 * few partitions move when a node comes or goes, with even shares: no node is first for more than one partition more
 * than another, which hashing alone does not give to a handful of partitions.
 */
export function spread(partitions: number, roster: readonly NodeId[]): readonly Place[] {
  const nodes = [...new Set(roster)];
  if (nodes.length === 0) return [];
  const share = Math.floor(partitions / nodes.length);
  let larger = partitions % nodes.length; // so many nodes take one more
  const taken = new Map<NodeId, number>();
  return Array.from({ length: partitions }, (_, partition) => {
    const ranked = byWeight(partition, nodes);
    const first = ranked.find((node) => (taken.get(node) ?? 0) < share + (larger > 0 ? 1 : 0)) ?? ranked[0] ?? "";
    const count = (taken.get(first) ?? 0) + 1;
    taken.set(first, count);
    if (count > share) larger -= 1;
    return { first, standby: ranked.find((node) => node !== first) };
  });
}

function byWeight(partition: number, nodes: readonly NodeId[]): readonly NodeId[] {
  return nodes
    .map((node) => ({ node, weight: weight(partition, node) }))
    .sort((a, b) => b.weight - a.weight || (a.node < b.node ? -1 : 1))
    .map(({ node }) => node);
}

/** FNV-1a, then a finalizer, because FNV alone leaves similar names close together. */
function weight(partition: number, node: NodeId): number {
  let hash = 0x811c9dc5;
  for (const char of `${node}\n${partition}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
