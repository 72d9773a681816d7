import type { Agent } from "node:http";
import type { Observer } from "../observing/observer.ts";
import type { Pool } from "../pool/pool.ts";
import type { Stickiness } from "../sticky/stickiness.ts";
import type { Limits } from "./limits.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { Sweep } from "./sweep.ts";

/** What everything on the forwarding path uses. */
export interface Forwarding {
  readonly pool: Pool;
  readonly sweep: Sweep;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly retries: RetryBudget;
  readonly stickiness: Stickiness;
  readonly random: () => number;
  /** Connections to nodes for plain requests. */
  readonly agent: Agent;
}
