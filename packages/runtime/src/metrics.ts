import { collectDefaultMetrics, Registry } from "@prometheus-io/client";

export { Counter, Gauge, Histogram, Registry as Metrics } from "@prometheus-io/client";

/** A registry of its own per service, so that several services can live in one process. Labels must be bounded: never a channel, user or address. */
export function createMetrics(options: { readonly processMetrics: boolean }): Registry {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  return registry;
}
