import { belowCap } from "./share-cap.ts";
import { takeTurns } from "./smooth.ts";
import { compareLoad, type Strategy, shareOf } from "./strategy.ts";

/** The node with the smallest (active + 1) / share, below the cap; among equals by weighted turns. */
export const leastConnections: Strategy = ({ nodes, credits, recent }) => {
  let tied: (typeof nodes)[number][] = [];
  for (const node of recent === undefined ? nodes : belowCap(nodes, recent)) {
    const best = tied[0];
    const difference = best === undefined ? -1 : compareLoad(node, best);
    if (difference < 0) tied = [node];
    else if (difference === 0) tied.push(node);
  }
  return takeTurns(tied, credits, shareOf);
};
