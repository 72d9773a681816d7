import { type Candidate, type Question, shareOf } from "./strategy.ts";

/** A node may have had so many times its fair share of the recent choices. */
const CAP = 2;

/** While a node starts slowly so few choices count as recent: its cap follows the warmth, in step with few opens too. */
const WARMING_CHOICES = 10;

/**
 * The nodes below the cap: one that joins empty is not flooded however long it stays the least loaded. There is always
 * one: the caps together allow twice as many choices as are remembered.
 */
export function belowCap<Node extends Candidate>(
  nodes: readonly Node[],
  recent: NonNullable<Question<Node>["recent"]>,
): readonly Node[] {
  const total = nodes.reduce((sum, node) => sum + shareOf(node), 0);
  return nodes.filter((node) => {
    const warming = node.warmth < 100;
    const among = warming ? Math.min(WARMING_CHOICES, recent.size) : recent.size;
    const cap = Math.ceil((CAP * shareOf(node) * among) / total);
    return cap >= among || (warming ? recent.countLately(node.id, among) : recent.countOf(node.id)) < cap;
  });
}
