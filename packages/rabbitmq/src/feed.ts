import type { EventConsumption, EventFeed, EventOutcome, NodeId, RawEvent } from "@bellwire/hub";
import { type Channel, type ConsumeMessage, IllegalOperationError } from "amqplib";
import { backoffMs, DEFAULT_BACKOFF } from "./backoff.ts";
import type { Link } from "./connection.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DisconnectedError } from "./errors.ts";
import { closeChannel } from "./kept-channel.ts";
import { Lane } from "./lane.ts";
import type { AmqpNames } from "./names.ts";
import { type AmqpOptions, type Stateful, settled, startedLink, worst } from "./options.ts";
import { DEFAULT_HANDOVER, type HandoverTimes, Partition, type Role } from "./partition.ts";
import { Publisher } from "./publisher.ts";
import { type Place, spread } from "./spread.ts";
import {
  DEFAULT_TOPOLOGY,
  declarePartition,
  declareTopology,
  refuseMorePartitions,
  type Topology,
} from "./topology.ts";

const DEFAULT_PREFETCH = 256;

export interface AmqpFeedOptions extends AmqpOptions {
  readonly topology?: Partial<Topology>;
  readonly handover?: Partial<HandoverTimes>;
  /** Events of one partition in hand, unacked; the same on every node, or returned ones could change places. Default 256. */
  readonly prefetch?: number;
}

/**
 * The shop's events from RabbitMQ. Resolves once connected; rejects with StartError or TopologyError, also where the
 * broker has more partitions than are configured here.
 */
export async function connectEventFeed(options: AmqpFeedOptions): Promise<EventFeed & Stateful & AsyncDisposable> {
  const { names, observer, limits } = settled(options);
  const { log } = options;
  const topology = { ...DEFAULT_TOPOLOGY, ...options.topology };
  await using starting = new AsyncDisposableStack();
  const outbound = await startedLink(starting, options, {
    purpose: "dead letters",
    setup: (model) => declareTopology(model, names, topology),
  });
  const inbound = await startedLink(starting, options, {
    purpose: "ingest",
    setup: (model) => refuseMorePartitions(model, names, topology.partitions),
  });
  const publisher = new Publisher({
    link: outbound,
    purpose: "dead letters",
    // The broker took the event before, so it is not too large for it.
    limits: { ...limits, messageBytes: Number.POSITIVE_INFINITY },
    log,
    observer,
  });
  starting.defer(() => publisher.close());
  await publisher.opened();
  const deadLetters = new DeadLetters({ publisher, names, log, observer });
  const stack = starting.move();

  const createPartition = (index: number, handle: (event: RawEvent) => Promise<EventOutcome>): Partition => {
    const queue = names.partition(index);
    return new Partition({
      queue,
      link: inbound,
      log,
      times: { ...DEFAULT_HANDOVER, ...options.handover },
      prefetch: options.prefetch ?? DEFAULT_PREFETCH,
      declare: (channel) => declarePartition(channel, names, { topology, index }),
      onGivenUp: () => observer.count("handedOver", 1),
      createLane: (channel) =>
        new Lane<ConsumeMessage>({
          keyOf: (message) => message.fields.routingKey,
          run: async (message) => {
            if (message.fields.redelivered) observer.count("redelivered", 1);
            const outcome = await handle(rawEvent(message));
            if (outcome.kind === "dead") await deadLetters.put(message, queue, outcome);
          },
          ackUpTo: (message) => ackUpTo(channel, message),
          soon: (task) => setImmediate(task),
          afterPause: (attempt, task) => {
            const timer = setTimeout(task, backoffMs(attempt, Math.random(), DEFAULT_BACKOFF));
            return () => clearTimeout(timer);
          },
          onPostponed: (message, attempt, error) => {
            observer.count("postponed", 1);
            log.warn({ queue, routingKey: message.fields.routingKey, attempt, err: error }, "event not settled now");
          },
        }),
    });
  };

  return {
    consume: async ({ node, roster, handle }): Promise<EventConsumption> => {
      const partitions = Array.from({ length: topology.partitions }, (_, index) => createPartition(index, handle));
      let stopped: Promise<void> | undefined;
      const rebalance = (): void => {
        const nodes = roster();
        if (stopped !== undefined || nodes.length === 0) return; // an empty roster is no knowledge: keep what is
        for (const [index, place] of spread(topology.partitions, nodes).entries())
          void partitions[index]?.assign(roleOf(node, place));
      };
      const stop = (): Promise<void> => {
        stopped ??= Promise.all(partitions.map((partition) => partition.assign("none"))).then(() => undefined);
        return stopped;
      };
      stack.defer(stop);
      rebalance();
      return {
        rebalance,
        stop,
        backlog: () => backlog(outbound, names, topology.partitions),
        isStuck: () => partitions.some((partition) => partition.isStuck),
      };
    },
    state: () => worst(publisher.state(), inbound.state()),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function backlog(link: Link, names: AmqpNames, partitions: number): Promise<readonly number[]> {
  if (link.state() === "down") throw new DisconnectedError("not connected to the broker");
  const channel = await (await link.connection()).createChannel();
  channel.on("error", () => undefined); // the call that caused it rejects with the same
  try {
    const queues = Array.from({ length: partitions }, (_, index) => channel.checkQueue(names.partition(index)));
    return (await Promise.all(queues)).map(({ messageCount }) => messageCount);
  } finally {
    void closeChannel(channel);
  }
}

/** Where the channel or its connection is closing nothing is acked: the broker gives the events out again. */
function ackUpTo(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message, true);
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}

function roleOf(node: NodeId, { first, standby }: Place): Role {
  if (node === first) return "first";
  return node === standby ? "standby" : "none";
}

function rawEvent({ fields, properties, content }: ConsumeMessage): RawEvent {
  const contentType: unknown = properties.contentType;
  return {
    routingKey: fields.routingKey,
    contentType: typeof contentType === "string" ? contentType : undefined,
    headers: properties.headers ?? {},
    body: content,
    redelivered: fields.redelivered,
  };
}
