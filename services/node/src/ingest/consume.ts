import type { EventConsumption, EventFeed, NodeId } from "@bellwire/hub";
import { Counter, type Log, type Metrics } from "@bellwire/runtime";
import { Backlog } from "./backlog.ts";
import { type IngestWorld, ingest } from "./ingest.ts";
import { Patience } from "./patience.ts";

export interface ConsumeParts extends Pick<IngestWorld, "publisher" | "namespaces" | "tries" | "isWell"> {
  readonly feed: EventFeed;
  readonly node: NodeId;
  /** Who takes ingest partitions. */
  readonly workers: () => readonly NodeId[];
  readonly published: IngestWorld["published"];
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Begins to take in the shop's events, and shows what becomes of them. */
export async function consumeEvents(parts: ConsumeParts): Promise<EventConsumption> {
  const { feed, node, workers, publisher, namespaces, tries, isWell, published, metrics, log } = parts;
  const events = new Counter({
    name: "bellwire_events_total",
    help: "Shop events by what became of them",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const waits = new Counter({
    name: "bellwire_turn_waits_total",
    help: "Steps of orders that came ahead of their turn, by how their wait ended",
    labelNames: ["ended"],
    registers: [metrics],
  });
  let consumption: EventConsumption | undefined;
  const backlog = new Backlog({
    look: async () => (await consumption?.backlog()) ?? [0],
    isStuck: () => consumption?.isStuck() ?? false,
    onStuck: () => log.warn("all events that this node may have in hand wait for others: they wait no longer"),
  });
  const world: IngestWorld = {
    ...{ publisher, namespaces, tries, isWell, backlog, patience: new Patience(() => performance.now()) },
    counted: (outcome) => events.inc({ outcome }),
    waited: (ended) => waits.inc({ ended }),
    outdated: ({ channel, eventId: event, version }) =>
      log.debug({ channel, event, version: version?.number }, "outdated step dropped"),
    ...(published && { published }),
  };
  consumption = await feed.consume({ node, roster: workers, handle: (event) => ingest(world, event) });
  return consumption;
}
