import type { Candidate, Question } from "./strategy.ts";

/** A node may have had so many times its fair share of the recent choices. */
const CAP = 2;

/**
 * The nodes below the cap: one that joins empty is not flooded however long it stays the least loaded. There is always
 * one: the caps together allow twice as many choices as are remembered.
 */
export function belowCap<Node extends Candidate>(
  nodes: readonly Node[],
  recent: NonNullable<Question<Node>["recent"]>,
): readonly Node[] {
  const total = nodes.reduce((sum, { weight }) => sum + weight, 0);
  return nodes.filter(({ id, weight }) => {
    const cap = Math.ceil((CAP * weight * recent.size) / total);
    return cap >= recent.size || recent.countOf(id) < cap;
  });
}
