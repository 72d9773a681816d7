import type { HubObserver } from "@bellwire/hub";
import { Counter, Gauge, type Log, type Metrics } from "@bellwire/runtime";

/** Turns what the hub reports into metrics, and failures into one log line per kind and second. */
export function observeHub(metrics: Metrics, log: Log): HubObserver {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `bellwire_${name}`, help, labelNames: [...labelNames], registers: [metrics] });
  const opened = counter("connections_opened_total", "Connections accepted, by transport", ["transport"]);
  const open = new Gauge({
    name: "bellwire_connections",
    help: "Connections that are open, by transport",
    labelNames: ["transport"],
    registers: [metrics],
  });
  const closed = counter("connections_closed_total", "Connections ended, by cause", ["cause"]);
  const refused = counter("command_errors_total", "Commands answered with an error, by error", ["error"]);
  const publications = counter(
    "publications_received_total",
    "Publications that reached this node for its subscribers",
  );
  const deliveries = counter("deliveries_total", "Publications handed to subscribers");
  const dropped = counter("bus_messages_dropped_total", "Bus messages that were not needed, by reason", ["reason"]);
  const unshown = counter(
    "presence_unshown_total",
    "Clients that presence does not show: their node shows as many as one may",
  );
  const skipped = counter("deliveries_skipped_total", "Publications skipped for slow readers", ["namespace"]);
  const repaired = counter("publications_repaired_total", "Publications that the bus lost and the stream gave back");
  const lost = counter("positions_lost_total", "Subscribers told to subscribe again");
  const appends = counter("appends_total", "Appends by outcome", ["outcome"]);
  const busDeliveries = counter(
    "bus_deliveries_total",
    "Node deliveries asked of the bus: over appends it is the amplification",
  );
  const failures = counter("failures_total", "Failures that were survived, by place", ["where"]);
  const quiet = new Map<string, number>();
  return {
    sessionOpened: (transport) => {
      opened.inc({ transport });
      open.inc({ transport });
    },
    sessionClosed: (cause, transport) => {
      closed.inc({ cause });
      open.dec({ transport });
    },
    refused: (error) => refused.inc({ error }),
    delivered: (subscribers) => {
      publications.inc();
      deliveries.inc(subscribers);
    },
    dropped: (reason) => dropped.inc({ reason }),
    unshown: () => unshown.inc(),
    skipped: (namespace) => skipped.inc({ namespace }),
    repaired: (count) => repaired.inc(count),
    positionLost: (subscribers) => lost.inc(subscribers),
    published: (outcome, count) => {
      appends.inc({ outcome });
      busDeliveries.inc(count);
    },
    failed: (where, error) => {
      failures.inc({ where });
      const now = performance.now();
      if (now - (quiet.get(where) ?? Number.NEGATIVE_INFINITY) < 1_000) return;
      quiet.set(where, now);
      log.warn({ err: error, where }, "failure survived");
    },
  };
}

/** Gauges of the node's size, read when they are scraped. */
export function gaugeSize(
  metrics: Metrics,
  size: () => { readonly clients: number; readonly subscriptions: number; readonly channels: number },
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `bellwire_${name}`,
      help,
      registers: [metrics],
      collect() {
        this.set(read());
      },
    });
  gauge("clients", "Clients that are connected", () => size().clients);
  gauge("subscriptions", "Subscriptions of those clients", () => size().subscriptions);
  gauge("channels", "Channels that this node holds", () => size().channels);
}
