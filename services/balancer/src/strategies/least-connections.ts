import { takeTurns } from "./smooth.ts";
import type { Candidate, Strategy } from "./strategy.ts";

/** The node with the smallest (active + 1) / weight; among equals by weighted turns. */
export const leastConnections: Strategy = ({ nodes, credits }) => {
  let tied: (typeof nodes)[number][] = [];
  for (const node of nodes) {
    const best = tied[0];
    const difference = best === undefined ? -1 : compareLoad(node, best);
    if (difference < 0) tied = [node];
    else if (difference === 0) tied.push(node);
  }
  return takeTurns(tied, credits, (node) => node.weight);
};

const compareLoad = (one: Candidate, other: Candidate): number =>
  (one.active + 1) * other.weight - (other.active + 1) * one.weight;
