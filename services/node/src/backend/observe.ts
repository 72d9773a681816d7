import { Counter, Gauge, Histogram, type Log, type Metrics } from "@bellwire/runtime";
import type { BackendObserver } from "./backend.ts";

/** At most one line a second for each address. */
const QUIET_MS = 1_000;

/** Turns what is seen of the shop's backend into metrics and log lines; what was said never goes there. */
export function observeBackend(metrics: Metrics, log: Log): BackendObserver {
  const registers = [metrics];
  const requests = new Counter({
    name: "bellwire_proxy_requests_total",
    help: "Questions to the shop's backend, by what was asked and what came of it",
    labelNames: ["proxy", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "bellwire_proxy_seconds",
    help: "How long the shop's backend took, waiting for a place included",
    labelNames: ["proxy"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const askings = new Map<string, { readonly inFlight: number; readonly waiting: number }>();
  new Gauge({
    name: "bellwire_proxy_requests",
    help: "Questions to the shop's backend that are being asked, or wait for a place",
    labelNames: ["proxy", "state"],
    registers,
    collect() {
      for (const [proxy, { inFlight, waiting }] of askings) {
        this.set({ proxy, state: "asked" }, inFlight);
        this.set({ proxy, state: "waiting" }, waiting);
      }
    },
  });
  const quietUntil = new Map<string, number>();
  return {
    opened: (proxy, asking) => void askings.set(proxy, asking),
    asked(proxy, outcome, took) {
      requests.inc({ proxy, outcome });
      seconds.observe({ proxy }, took);
    },
    failed(proxy, outcome, cause) {
      const now = performance.now();
      if (now < (quietUntil.get(proxy) ?? 0)) return;
      quietUntil.set(proxy, now + QUIET_MS);
      log.warn({ proxy, outcome, why: cause instanceof Error ? reasonOf(cause) : undefined }, "backend did not answer");
    },
  };
}

/** What `fetch` says is the same for everything; its cause knows more. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message;
