import { statSync } from "node:fs";
import { collectDefaultMetrics, Gauge, Registry } from "@prometheus-io/client";

export { Counter, Gauge, Histogram, Registry as Metrics } from "@prometheus-io/client";

/** Of the usual process metrics those that walk every open handle or file: 50 ms of a scrape with 18,000 of them. */
const WALKERS = [
  "process_open_fds",
  "nodejs_active_resources",
  "nodejs_active_resources_total",
  "nodejs_active_handles",
  "nodejs_active_handles_total",
  "nodejs_active_requests",
  "nodejs_active_requests_total",
];

/** A registry of its own per service, so that several services can live in one process. Labels must be bounded: never a channel, user or address. */
export function createMetrics(options: { readonly processMetrics: boolean }): Registry {
  const registry = new Registry();
  if (!options.processMetrics) return registry;
  collectDefaultMetrics({ register: registry });
  for (const name of WALKERS) registry.removeSingleMetric(name);
  countOpenFiles(registry);
  return registry;
}

/** As Linux 6.2 and later tell it without a list; elsewhere the metric has no value. */
function countOpenFiles(registry: Registry): void {
  new Gauge({
    name: "process_open_fds",
    help: "Number of open file descriptors.",
    registers: [registry],
    collect() {
      const { size = 0 } = statSync("/proc/self/fd", { throwIfNoEntry: false }) ?? {};
      if (size > 0) this.set(size);
      else this.remove();
    },
  });
}
