import { type Candidate, shareOf } from "./strategy.ts";

/** One node by chance, each as likely as its share. */
export function draw<Node extends Candidate>(nodes: readonly Node[], random: () => number): Node | undefined {
  const total = nodes.reduce((sum, node) => sum + shareOf(node), 0);
  let left = random() * total;
  for (const node of nodes) {
    left -= shareOf(node);
    if (left < 0) return node;
  }
  return nodes.at(-1);
}
