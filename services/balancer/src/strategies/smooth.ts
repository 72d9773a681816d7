import type { Candidate, Choice, Credits } from "./strategy.ts";

/**
 * One step of smooth weighted round robin: every node saves its weight, the richest is chosen and pays the total.
 * Nodes that cannot be chosen now neither save nor pay.
 */
export function takeTurns<Node extends Candidate>(
  nodes: readonly Node[],
  credits: Credits,
  weightOf: (node: Node) => number,
): Choice<Node> | undefined {
  const next = new Map(credits);
  let total = 0;
  let best: Node | undefined;
  let bestCredit = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    const weight = weightOf(node);
    const credit = (credits.get(node.id) ?? 0) + weight;
    total += weight;
    next.set(node.id, credit);
    if (credit > bestCredit) {
      best = node;
      bestCredit = credit;
    }
  }
  if (best === undefined) return undefined;
  next.set(best.id, bestCredit - total);
  return { node: best, credits: next };
}
