import type { EventSink } from "@bellwire/hub";
import type { AmqpOptions, Stateful } from "./options.ts";
import { settled, startedLink } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { CLOUDEVENTS_JSON } from "./sink.ts";
import { explained } from "./topology.ts";

/**
 * Tells the shop on a topic exchange of its own, persistent; without a queue bound to it nobody hears. Resolves once
 * connected; rejects with StartError or TopologyError. `publish` rejects with the publisher's errors.
 */
export async function connectSeenSink(options: AmqpOptions): Promise<EventSink & Stateful & AsyncDisposable> {
  const { names, observer, limits } = settled(options);
  const { log } = options;
  await using starting = new AsyncDisposableStack();
  const purpose = "telling the shop";
  const link = await startedLink(starting, options, {
    purpose,
    setup: (model) =>
      explained(model, names, async (channel) => {
        await channel.assertExchange(names.seen, "topic", { durable: true });
      }),
  });
  const publisher = new Publisher({ link, purpose, limits, log, observer });
  starting.defer(() => publisher.close());
  await publisher.opened();
  const stack = starting.move();
  return {
    publish: ({ routingKey, body }) =>
      publisher.publish(names.seen, routingKey, Buffer.from(body), { deliveryMode: 2, contentType: CLOUDEVENTS_JSON }),
    state: () => publisher.state(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
