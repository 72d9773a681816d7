import { leastConnections } from "./least-connections.ts";
import { roundRobin } from "./round-robin.ts";
import type { Strategy } from "./strategy.ts";

/** Every strategy by the name that the configuration uses. */
export const strategies = {
  "round-robin": roundRobin,
  "least-connections": leastConnections,
} as const satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof strategies;
