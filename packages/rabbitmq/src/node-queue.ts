import { randomBytes } from "node:crypto";
import type { BusMessage, NodeId } from "@bellwire/hub";
import type { Channel, ConsumeMessage } from "amqplib";
import type { Link } from "./connection.ts";
import { closeChannel, KeptChannel } from "./kept-channel.ts";
import type { AmqpNames } from "./names.ts";
import type { AmqpObserver, LogLike } from "./observe.ts";
import { readRecords } from "./records.ts";

/** What a node's queue may hold before it drops its oldest: the node finds the hole and fills it from the streams. */
export interface NodeQueueLimits {
  readonly messages: number;
  readonly bytes: number;
}

export const DEFAULT_NODE_QUEUE_LIMITS: NodeQueueLimits = { messages: 100_000, bytes: 64 * 1024 * 1024 };

/** Subscribes a node to the broadcasts and to what is sent to it, again after every loss. */
export function subscribeNode(options: {
  readonly link: Link;
  readonly names: AmqpNames;
  readonly node: NodeId;
  readonly limits: NodeQueueLimits;
  readonly log: LogLike;
  readonly observer: AmqpObserver;
  readonly onMessage: (message: BusMessage) => void;
  readonly onGap: () => void;
}): KeptChannel<Channel> {
  const { names, node, limits, observer, onMessage, onGap } = options;

  const receive = (delivery: ConsumeMessage): void => {
    const { messages, unreadable } = readRecords(delivery.content);
    observer.count("received", messages.length);
    if (unreadable > 0) {
      observer.count("unreadable", unreadable);
      options.log.warn({ unreadable, bytes: delivery.content.length }, "unreadable records on the bus");
    }
    for (const message of messages) onMessage(message);
  };

  return new KeptChannel<Channel>({
    link: options.link,
    log: options.log,
    purpose: "bus listening",
    create: (model) => model.createChannel(),
    ready: async (channel, opened) => {
      // A fresh name each time: the broker may hold the old queue locked until it misses the old connection.
      const queue = names.nodeQueue(node, randomBytes(6).toString("hex"));
      await channel.assertQueue(queue, {
        exclusive: true,
        autoDelete: true,
        durable: false,
        arguments: { "x-max-length": limits.messages, "x-max-length-bytes": limits.bytes, "x-overflow": "drop-head" },
      });
      await channel.bindQueue(queue, names.broadcast, "");
      await channel.bindQueue(queue, names.direct, node);
      await channel.consume(
        queue,
        (delivery) => {
          if (delivery !== null) receive(delivery);
          else void closeChannel(channel); // the queue is gone: begin anew
        },
        { noAck: true },
      );
      if (opened > 0) onGap();
    },
    lost: () => undefined,
  });
}
