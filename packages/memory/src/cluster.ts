import type {
  Bus,
  Clock,
  EventFeed,
  EventSink,
  NodeId,
  Presence,
  Receipts,
  Registry,
  Sessions,
  Streams,
} from "@bellwire/hub";
import { MemoryBus } from "./bus.ts";
import type { DeadEvent } from "./dead-event.ts";
import { MemoryFeed } from "./feed.ts";
import { Gate } from "./gate.ts";
import { Holders } from "./holders.ts";
import { createLossyBus, type Mischief } from "./lossy-bus.ts";
import { MemoryPresence } from "./presence.ts";
import { MemoryReceipts } from "./receipts.ts";
import { MemoryRegistry } from "./registry.ts";
import { MemorySessions } from "./sessions.ts";
import { MemoryStreams } from "./streams.ts";
import { systemClock } from "./system-clock.ts";

export interface MemoryClusterOptions {
  /** Default: the machine's own time and chance. */
  readonly clock?: Clock;
  /** A node not heard from for so long is not in the roster, ms. Default 3,000. */
  readonly livenessMs?: number;
  /** What a node left that was not heard from for so long is removed, ms. Default 10,000. */
  readonly sweepMs?: number;
  /** `reconcile` leaves holder entries alone that are younger, ms. Default 10,000. */
  readonly joinGraceMs?: number;
  /** Streams, remembered event ids and versions, each; an append beyond rejects with StoreFull. Default 1,000,000. */
  readonly maxEntries?: number;
  /** Clients of one node in one channel that presence shows. Default 10,000. */
  readonly maxPresentPerNode?: number;
  /** Versions of one subject whose showing is kept. Default 256. */
  readonly maxShownVersions?: number;
  /** Versions waiting to be seen or told of; more are not watched. Default 1,000,000. */
  readonly maxWatched?: number;
  /** Bus messages waiting for one node; newer ones are dropped and the node is told of the gap. Default 100,000. */
  readonly maxBusQueued?: number;
  /** Shop events waiting; a publish beyond rejects with FeedFull. Default 100,000. */
  readonly maxEventsQueued?: number;
  /** Dead events kept, the newest. Default 1,000. */
  readonly maxDead?: number;
  /** Events keep their order within one of so many partitions. Default 16. */
  readonly partitions?: number;
  /** The pause after "not now", ms. Default 50. */
  readonly retryMs?: number;
  /** What the bus does to messages, for tests. */
  readonly mischief?: Mischief;
}

/** All ports of a cluster within one process; its nodes share this one object. Nothing of it outlives the process. */
export interface MemoryCluster {
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly receipts: Receipts;
  readonly registry: Registry;
  readonly bus: Bus;
  readonly feed: EventFeed;
  readonly sink: EventSink;
  /** Takes what the shop is told, as `sink` takes what it tells. */
  readonly seen: EventSink;
  /** The newest of what it was told, oldest first, as JSON. */
  readonly told: () => readonly string[];
  /** Puts any bytes among the shop's events, as a broker takes them from any client. */
  readonly offer: MemoryFeed["offer"];
  /** The newest events that were set aside, oldest first. */
  readonly dead: () => readonly DeadEvent[];
  /** Shop events not yet settled. */
  readonly waiting: () => number;
  /** Bus messages lost because a node's queue was full. */
  readonly dropped: () => number;
  /** The next so many calls of streams, sessions, presence and registry reject; Infinity until 0 is set. */
  fail(calls: number): void;
  /** The store comes back empty. */
  wipe(): void;
  /** Every node is told that the bus may have lost messages. */
  gap(): void;
  /** The node receives nothing from the bus any more. */
  unlisten(node: NodeId): void;
}

/** Of what the shop was told so many are kept, the newest. */
const MAX_TOLD = 1_000;

export function createMemoryCluster(options: MemoryClusterOptions = {}): MemoryCluster {
  const clock = options.clock ?? systemClock;
  const gate = new Gate();
  const holders = new Holders();
  const streams = new MemoryStreams({ clock, gate, holders, maxEntries: options.maxEntries ?? 1_000_000 });
  const sessions = new MemorySessions({ clock, gate, holders, joinGraceMs: options.joinGraceMs ?? 10_000 });
  const presence = new MemoryPresence({ gate, holders, maxPerNode: options.maxPresentPerNode ?? 10_000 });
  const receipts = new MemoryReceipts({ clock, gate, ...receiptBounds(options) });
  const registry = new MemoryRegistry({
    clock,
    gate,
    livenessMs: options.livenessMs ?? 3_000,
    sweepMs: options.sweepMs ?? 10_000,
    clear: (node) => {
      holders.deleteNode(node);
      sessions.deleteNode(node);
    },
  });
  const told: string[] = [];
  const bus = new MemoryBus({ clock, maxQueued: options.maxBusQueued ?? 100_000 });
  const feed = new MemoryFeed({
    clock,
    partitions: options.partitions ?? 16,
    maxQueued: options.maxEventsQueued ?? 100_000,
    maxDead: options.maxDead ?? 1_000,
    retryMs: options.retryMs ?? 50,
  });
  return {
    streams,
    sessions,
    presence,
    receipts,
    registry,
    bus: options.mischief ? createLossyBus(bus, clock, options.mischief) : bus,
    feed,
    sink: feed,
    seen: {
      publish: async ({ body }) => {
        told.push(body);
        if (told.length > MAX_TOLD) told.shift();
      },
    },
    told: () => told,
    offer: (event) => feed.offer(event),
    dead: () => feed.dead,
    waiting: () => feed.waiting,
    dropped: () => bus.dropped,
    fail: (calls) => gate.fail(calls),
    wipe: () => {
      streams.wipe();
      sessions.clear();
      receipts.clear();
      registry.clear();
      holders.clear();
    },
    gap: () => bus.gap(),
    unlisten: (node) => bus.unlisten(node),
  };
}

const receiptBounds = (options: MemoryClusterOptions) => ({
  maxEntries: options.maxEntries ?? 1_000_000,
  maxWatched: options.maxWatched ?? 1_000_000,
  maxVersions: options.maxShownVersions ?? 256,
});
