import type { Channel, ChannelModel } from "amqplib";
import { asError, TopologyError } from "./errors.ts";
import { closeChannel } from "./kept-channel.ts";
import type { AmqpNames } from "./names.ts";

/** What the whole cluster must agree on: the broker refuses a second opinion. */
export interface Topology {
  /** Ingest queues, so also the most nodes that ingest at once. */
  readonly partitions: number;
  /** Events one ingest queue may hold; beyond it the publisher is refused. */
  readonly ingestMaxLength: number;
  /**
   * Deliveries after which the broker itself sets an event aside. Every lost connection counts as one, so it must be out
   * of an outage's reach; a number, because before 4.0 the broker knows no other word for that.
   */
  readonly deliveryLimit: number;
  /** Dead events kept; beyond it the oldest are dropped, so that a full cellar does not stop the house. */
  readonly deadMaxLength: number;
}

export const DEFAULT_TOPOLOGY: Topology = {
  partitions: 8,
  ingestMaxLength: 1_000_000,
  deliveryLimit: 1_000_000,
  deadMaxLength: 1_000_000,
};

const MAX_PARTITIONS = 1_024;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
const COMMAND_INVALID = 503;
/** Looking into the dead queue and putting things back counts as delivery; 4.x would drop them after 20. */
const DEAD_DELIVERY_LIMIT = 1_000_000;

/**
 * Declares everything durable, from the end to the beginning: where a publish meets an exchange, all behind it exists.
 * Rejects with TopologyError where what exists differs or the broker lacks the hash exchange's plugin.
 */
export async function declareTopology(model: ChannelModel, names: AmqpNames, topology: Topology): Promise<void> {
  const { partitions } = topology;
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
    throw new TopologyError(`partitions must be 1 to ${MAX_PARTITIONS}, not ${partitions}`);
  await explained(model, names, async (channel) => {
    await channel.assertExchange(names.dead, "fanout", { durable: true });
    await channel.assertQueue(names.dead, {
      durable: true,
      arguments: {
        "x-queue-type": "quorum",
        "x-max-length": topology.deadMaxLength,
        "x-overflow": "drop-head",
        "x-delivery-limit": DEAD_DELIVERY_LIMIT,
      },
    });
    await channel.bindQueue(names.dead, names.dead, "");
    await channel.assertExchange(names.ingest, "x-consistent-hash", { durable: true });
    for (let index = 0; index < partitions; index += 1) await declarePartition(channel, names, { topology, index });
    await declareNodeExchanges(channel, names);
    await channel.assertExchange(names.events, "topic", { durable: true });
    await channel.bindExchange(names.ingest, names.events, "#");
  });
}

/** One ingest queue and its place on the hash ring. Weight 1 each: the exchange gives every unit of weight an equal share. */
export async function declarePartition(
  channel: Channel,
  names: AmqpNames,
  { topology, index }: { readonly topology: Topology; readonly index: number },
): Promise<void> {
  const queue = names.partition(index);
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      "x-queue-type": "quorum",
      "x-single-active-consumer": true,
      "x-delivery-limit": topology.deliveryLimit,
      "x-dead-letter-exchange": names.dead,
      "x-overflow": "reject-publish",
      "x-max-length": topology.ingestMaxLength,
    },
  });
  await channel.bindQueue(queue, names.ingest, "1");
}

/** The two exchanges between nodes. */
export async function declareNodeExchanges(channel: Channel, names: AmqpNames): Promise<void> {
  await channel.assertExchange(names.broadcast, "fanout", { durable: true });
  await channel.assertExchange(names.direct, "direct", { durable: true });
}

/** Rejects with TopologyError where the broker has more partitions than this cluster is configured for: nobody would read them. */
export async function refuseMorePartitions(model: ChannelModel, names: AmqpNames, partitions: number): Promise<void> {
  const beyond = names.partition(partitions);
  const channel = await model.createChannel();
  channel.on("error", () => undefined); // 404 is the answer hoped for, and comes by this way too
  try {
    await channel.checkQueue(beyond);
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return;
    throw error;
  }
  await closeChannel(channel);
  throw new TopologyError(
    `queue ${beyond} exists, but only ${partitions} partitions are configured: its events would wait for ever; ` +
      "configure every node with the same number, or delete the queue once it is empty",
  );
}

/** Runs `declare` on a channel of its own and says what a refusal means. */
export async function explained(
  model: ChannelModel,
  names: AmqpNames,
  declare: (channel: Channel) => Promise<void>,
): Promise<void> {
  let connectionError: unknown;
  const note = (error: Error) => {
    connectionError = error;
  };
  model.on("error", note);
  const channel = await model.createChannel();
  channel.on("error", () => undefined); // the call that caused it rejects with the same
  try {
    await declare(channel);
    await closeChannel(channel);
  } catch (error) {
    const cause = connectionError ?? error;
    if (codeOf(cause) === PRECONDITION_FAILED)
      throw new TopologyError(`the broker has it with other arguments: ${asError(cause).message}`, { cause });
    if (codeOf(cause) === COMMAND_INVALID)
      throw new TopologyError(
        `cannot declare ${names.ingest}: enable the broker's plugin rabbitmq_consistent_hash_exchange`,
        { cause },
      );
    throw cause;
  } finally {
    model.off("error", note);
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
