import type { NodeId } from "@bellwire/hub";

/**
 * Where `node` stands among the roster for `key`: 0 is the first choice, 1 the next; undefined if it is not in it.
 * Rendezvous hashing: when a node comes or goes, only the keys move for which it is, or was, the first choice.
 */
export function rankOf(key: string, node: NodeId, roster: readonly NodeId[]): number | undefined {
  if (!roster.includes(node)) return undefined;
  const own = weight(key, node);
  let rank = 0;
  for (const other of new Set(roster)) {
    if (other === node) continue;
    const theirs = weight(key, other);
    if (theirs > own || (theirs === own && other < node)) rank += 1;
  }
  return rank;
}

/** FNV-1a over both names, then a finalizer, because FNV alone leaves similar names close together. */
function weight(key: string, node: NodeId): number {
  let hash = 0x811c9dc5;
  for (const char of `${node}\n${key}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
