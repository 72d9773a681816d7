import { leastConnections } from "./least-connections.ts";
import { byChance, powerOfTwoChoices } from "./random.ts";
import { roundRobin, weightedRoundRobin } from "./round-robin.ts";
import { sourceHash } from "./source-hash.ts";
import type { Strategy } from "./strategy.ts";

/** Every strategy by the name that the configuration uses. */
export const strategies = {
  "round-robin": roundRobin,
  "weighted-round-robin": weightedRoundRobin,
  "least-connections": leastConnections,
  "source-hash": sourceHash,
  random: byChance,
  p2c: powerOfTwoChoices,
} as const satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof strategies;
