import type { Log, Metrics } from "@bellwire/runtime";
import { createCounters } from "./metrics.ts";
import type { Observer } from "./observer.ts";

const WORRYING: ReadonlySet<string> = new Set(["down", "suspect", "ejected"]);

/** Metrics for everything, a log line for every change of state. */
export function createObserver(log: Log, metrics: Metrics): Observer {
  const counters = createCounters(metrics);
  let rosterAway = false;
  let cutAt = 0;
  let refused = "";
  let spared = "";
  return {
    ...counters,
    attemptFailed: (node, fault) => {
      counters.attemptFailed(node, fault);
      log.debug({ node, fault }, "try failed");
    },
    nodeChanged: (node, from, to, cause) => {
      counters.nodeChanged(node, from, to, cause);
      const level = from !== "unknown" && WORRYING.has(to) ? "warn" : "info";
      log[level]({ node, from, to, cause }, "node changed");
    },
    weightChanged: (node, from, to) => log.info({ node, from, to }, "weight changed"),
    strategyChanged: (from, to) => log.info({ from, to }, "strategy changed"),
    ejectionRefused: (node) => {
      counters.ejectionRefused(node);
      if (node !== spared) log.warn({ node }, "node fails, but too many are out already");
      spared = node;
    },
    panicChanged: (panic, nodes) => {
      counters.panicChanged(panic, nodes);
      if (panic) log.error(nodes, "too few nodes are up; checks are not believed until more are");
      else log.info(nodes, "enough nodes are up; checks are believed again");
    },
    rosterFailed: (error) => {
      counters.rosterFailed(error);
      if (!rosterAway) log.warn({ err: error }, "registry failed; going on with what is known");
      rosterAway = true;
    },
    rosterBack: () => {
      if (rosterAway) log.info("registry is back");
      rosterAway = false;
    },
    recordRefused: (node) => {
      counters.recordRefused(node);
      if (node !== refused) log.error({ node }, "node announces addresses that are not host:port; left out");
      refused = node;
    },
    rosterCut: (named) => {
      counters.rosterCut(named);
      if (named !== cutAt) log.error({ named }, "more nodes are named than are kept");
      cutAt = named;
    },
  };
}
