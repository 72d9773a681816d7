import type { Bus, BusMessage, BusTarget, NodeId } from "@bellwire/hub";
import { Batches } from "./batches.ts";
import { DEFAULT_NODE_QUEUE_LIMITS, type NodeQueueLimits, subscribeNode } from "./node-queue.ts";
import { type AmqpOptions, type Stateful, settled, startedLink, worst } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { encodeRecord, joinRecords } from "./records.ts";
import { declareNodeExchanges, explained } from "./topology.ts";

export interface AmqpBusOptions extends AmqpOptions {
  readonly nodeQueue?: Partial<NodeQueueLimits>;
}

/** Broadcasts go by `undefined`, the rest by the node's id. */
type Route = NodeId | undefined;

/**
 * The bus over RabbitMQ: one connection to publish, one to listen. Resolves once both are up; rejects with StartError
 * or TopologyError. `send` rejects with the publisher's errors; `listen` resolves once messages arrive.
 */
export async function connectBus(options: AmqpBusOptions): Promise<Bus & Stateful & AsyncDisposable> {
  const { names, observer, limits } = settled(options);
  const { log } = options;
  await using starting = new AsyncDisposableStack();
  const outbound = await startedLink(starting, options, {
    purpose: "bus publishing",
    setup: (model) => explained(model, names, (channel) => declareNodeExchanges(channel, names)),
  });
  const inbound = await startedLink(starting, options, { purpose: "bus listening" });
  const publisher = new Publisher({ link: outbound, purpose: "bus publishing", limits, log, observer });
  starting.defer(() => publisher.close());
  await publisher.opened();

  const batches = new Batches<Route>((route, records) =>
    publisher.publish(route === undefined ? names.broadcast : names.direct, route ?? "", joinRecords(records), {
      deliveryMode: 1,
    }),
  );
  starting.defer(() => batches.flush());
  const stack = starting.move();

  return {
    send: async (message: BusMessage, target: BusTarget) => {
      if (target !== "all" && target.length === 0) return;
      const record = encodeRecord(message);
      observer.count("sent", 1);
      if (target === "all") return batches.add(undefined, record);
      await Promise.all(target.map((node) => batches.add(node, record)));
    },
    listen: async (node, handlers) => {
      const kept = subscribeNode({
        link: inbound,
        names,
        node,
        limits: { ...DEFAULT_NODE_QUEUE_LIMITS, ...options.nodeQueue },
        log,
        observer,
        onMessage: handlers.onMessage,
        onGap: handlers.onGap,
      });
      stack.defer(() => kept.close());
      await kept.opened();
    },
    state: () => worst(publisher.state(), inbound.state()),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
