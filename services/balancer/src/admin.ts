import { createOps, type Metrics } from "@bellwire/runtime";
import type { FastifyInstance } from "fastify";
import { formatAddress } from "./address.ts";
import type { Pool } from "./pool.ts";

/** The operators' port: live, ready, metrics, and what is known of each node. */
export function createAdmin(options: {
  readonly metrics: Metrics;
  readonly pool: Pool;
  readonly stopping: () => boolean;
}): FastifyInstance {
  const { metrics, pool, stopping } = options;
  const app = createOps({
    metrics,
    readiness: () => ({
      ready: pool.available && !stopping(),
      detail: { nodeAvailable: pool.available, stopping: stopping() },
    }),
  });
  app.get("/nodes", () => ({
    strategy: pool.strategy,
    nodes: [...pool.backends].map(({ id, address, source, state, active, weight, lastCause }) => ({
      id,
      address: formatAddress(address),
      source,
      state,
      active,
      weight,
      lastCause,
    })),
  }));
  return app;
}
