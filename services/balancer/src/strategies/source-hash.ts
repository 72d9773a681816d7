import { unitHash } from "./hash.ts";
import { type Candidate, type Strategy, shareOf } from "./strategy.ts";

/**
 * Rendezvous hashing: every node draws a score for the client, the highest is chosen. When a node leaves or joins, only
 * its own clients move. With `hashBalance`, a node above that many times its part of the load is passed over.
 */
export const sourceHash: Strategy = ({ nodes, credits, key, hashBalance }) => {
  const open = hashBalance === undefined ? nodes : nodes.filter(belowBalance(nodes, hashBalance));
  let best: (typeof nodes)[number] | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const node of open) {
    const score = -shareOf(node) / Math.log(unitHash(`${node.id} ${key}`));
    if (score > bestScore) {
      best = node;
      bestScore = score;
    }
  }
  return best && { node: best, credits };
};

/** True for nodes that may take one more; at balance 1 or more at least one may. */
function belowBalance(nodes: readonly Candidate[], balance: number): (node: Candidate) => boolean {
  const load = nodes.reduce((sum, { active }) => sum + active, 0) + 1;
  const shares = nodes.reduce((sum, node) => sum + shareOf(node), 0);
  return (node) => node.active < Math.ceil((balance * load * shareOf(node)) / shares);
}
