import { defaultEjectionRules } from "../health/ejection.ts";
import { defaultHealthRules } from "../health/health.ts";
import type { PoolRules } from "../pool/pool.ts";

/** Nodes are believed until a check fails. */
export const believing: PoolRules = {
  health: { ...defaultHealthRules, initial: "up" },
  ejection: defaultEjectionRules,
  staticHealthPath: "/health",
  absentMs: 3_000,
  slowStartMs: 10_000,
  shedPerSecond: 50,
  panicBelow: 0,
  nodeConnections: 1_000,
};
