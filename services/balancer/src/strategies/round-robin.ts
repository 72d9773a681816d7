import { takeTurns } from "./smooth.ts";
import { type Strategy, shareOf } from "./strategy.ts";

/** Each node in turn, whatever its weight; less often only while it starts slowly. */
export const roundRobin: Strategy = ({ nodes, credits }) => takeTurns(nodes, credits, ({ warmth }) => warmth);

/** Each node as often as its weight says, spread out: never a burst. A factor common to all weights changes nothing. */
export const weightedRoundRobin: Strategy = ({ nodes, credits }) => takeTurns(nodes, credits, shareOf);
