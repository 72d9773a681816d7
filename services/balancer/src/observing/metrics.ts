import { Counter, Gauge, Histogram, type Metrics } from "@bellwire/runtime";
import { answers } from "../heads/answers.ts";
import type { Pool } from "../pool/pool.ts";
import { CLOSE_CAUSES, type Observer } from "./observer.ts";

/** The counters of the forwarding path; labels are causes from closed lists and the ids of known nodes. */
export function createCounters(registers: Metrics): Observer {
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `bellwire_balancer_${name}`, help, labelNames, registers: [registers] });
  const opened = new Histogram({
    name: "bellwire_balancer_open_seconds",
    help: "From a client's upgrade to the 101 that it is sent",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registers],
  });
  const closed = counter("tunnels_closed_total", "Tunnels that ended, by what ended them", ["cause"]);
  const relayed = counter("refusals_relayed_total", "Upgrades refused by a node, by class of status", ["class"]);
  const answered = counter("answers_total", "Requests answered by the balancer itself", ["cause", "status"]);
  const aborted = counter("aborted_total", "Clients that left before their upgrade was answered");
  const attempts = counter("attempts_failed_total", "Tries at a node that led to nothing", ["fault"]);
  const exchanges = counter("exchanges_total", "Plain requests and streams that ended", ["complete"]);
  const dropped = counter("connections_dropped_total", "Connections closed unheard, by cause", ["cause"]);
  const forgotten = counter("addresses_forgotten_total", "Addresses whose rate was forgotten too early");
  const retries = counter("retries_refused_total", "Further tries not made: too many of late");
  const outOfTurn = counter("out_of_turn_total", "Connections destroyed for an upgrade behind a pending request");
  const changes = counter("node_changes_total", "Changes of a node's state", ["to"]);
  const certificates = counter("certificates_refused_total", "New certificate files that could not be used");
  const notEjected = counter("ejections_refused_total", "Nodes left in although they fail: too many are out already");
  const negotiations = counter("negotiations_total", "Clients told where to connect", ["direct"]);
  const panics = new Gauge({
    name: "bellwire_balancer_panic",
    help: "1 while so few nodes are up that checks are not believed",
    registers: [registers],
  });
  const roster = counter("roster_failures_total", "The registry could not be asked, or said what cannot be used");
  // Found once: looking a label up costs more than counting.
  const closedBy = new Map(CLOSE_CAUSES.map((cause) => [cause, closed.labels({ cause })]));
  return {
    opened: (ms) => opened.observe(ms / 1_000),
    closed: (cause) => closedBy.get(cause)?.inc(),
    relayed: (status) => relayed.inc({ class: `${Math.floor(status / 100)}xx` }),
    answered: (cause) => answered.inc({ cause, status: String(answers[cause].status) }),
    aborted: () => aborted.inc(),
    attemptFailed: (_node, fault) => attempts.inc({ fault }),
    exchanged: (complete) => exchanges.inc({ complete: String(complete) }),
    dropped: (cause) => dropped.inc({ cause }),
    addressForgotten: () => forgotten.inc(),
    retryRefused: () => retries.inc(),
    outOfTurn: () => outOfTurn.inc(),
    nodeChanged: (_node, _from, to) => changes.inc({ to }),
    certificateRefused: () => certificates.inc(),
    negotiated: (direct) => negotiations.inc({ direct: String(direct) }),
    weightChanged: () => undefined,
    strategyChanged: () => undefined,
    ejectionRefused: () => notEjected.inc(),
    panicChanged: (panic) => panics.set(panic ? 1 : 0),
    rosterFailed: () => roster.inc(),
    rosterBack: () => undefined,
    recordRefused: () => roster.inc(),
    rosterCut: () => roster.inc(),
  };
}

/** Per node: what it carries and whether it is chosen. Read from the pool at each scrape, so a node that left leaves no line. */
export function createPoolGauges(registers: Metrics, pool: Pool): void {
  new Gauge({
    name: "bellwire_balancer_node_active",
    help: "Tunnels, handshakes and requests on a node",
    labelNames: ["node"],
    registers: [registers],
    collect() {
      this.reset();
      for (const { id, active } of pool.backends) this.set({ node: id }, active);
    },
  });
  new Gauge({
    name: "bellwire_balancer_node_available",
    help: "1 while a node is chosen for new clients",
    labelNames: ["node"],
    registers: [registers],
    collect() {
      this.reset();
      for (const { id, state } of pool.backends) this.set({ node: id }, state === "up" ? 1 : 0);
    },
  });
}
