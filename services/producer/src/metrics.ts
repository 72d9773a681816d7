import { Counter, Gauge, type Metrics } from "@bellwire/runtime";
import type { Advanced } from "./store/order-store.ts";

/** What the producer counts. */
export function producerMetrics(registry: Metrics) {
  const registers = [registry];
  const published = new Counter({
    name: "bellwire_producer_events_published_total",
    help: "Events that the broker confirmed",
    registers,
  });
  const failures = new Counter({
    name: "bellwire_producer_relay_failures_total",
    help: "Relay rounds in which the broker or the store refused or could not be reached",
    registers,
  });
  const steps = new Counter({
    name: "bellwire_producer_steps_total",
    help: "Order steps asked for, by what became of them",
    labelNames: ["outcome"],
    registers,
  });
  const outbox = new Gauge({
    name: "bellwire_producer_outbox_entries",
    help: "Events that wait to be published, when last looked at",
    registers,
  });
  return {
    published: (count: number) => published.inc(count),
    relayFailed: () => failures.inc(),
    stepped: (outcome: Advanced["kind"]) => steps.inc({ outcome }),
    outbox: (entries: number) => outbox.set(entries),
  } as const;
}
