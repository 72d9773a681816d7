import { takeTurns } from "./smooth.ts";
import type { Strategy } from "./strategy.ts";

/** Each node in turn, whatever its weight. */
export const roundRobin: Strategy = ({ nodes, credits }) => takeTurns(nodes, credits, () => 1);
