import type { EventSink } from "@bellwire/hub";
import { TooLargeError } from "./errors.ts";
import { headerSize, MAX_HEADER_BYTES } from "./headers.ts";
import { type AmqpOptions, type Stateful, settled, startedLink } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { DEFAULT_TOPOLOGY, declareTopology, type Topology } from "./topology.ts";

/** The content type of an event in CloudEvents' structured JSON mode. */
export const CLOUDEVENTS_JSON = "application/cloudevents+json";

export interface AmqpSinkOptions extends AmqpOptions {
  readonly topology?: Partial<Topology>;
}

/**
 * Puts events on RabbitMQ, persistent and mandatory. Resolves once connected; rejects with StartError or TopologyError.
 * `publish` rejects with the publisher's errors.
 */
export async function connectEventSink(options: AmqpSinkOptions): Promise<EventSink & Stateful & AsyncDisposable> {
  const { names, observer, limits } = settled(options);
  const topology = { ...DEFAULT_TOPOLOGY, ...options.topology };
  const { log } = options;
  await using starting = new AsyncDisposableStack();
  const purpose = "event publishing";
  const link = await startedLink(starting, options, {
    purpose,
    setup: (model) => declareTopology(model, names, topology),
  });
  const publisher = new Publisher({ link, purpose, limits, log, observer });
  starting.defer(() => publisher.close());
  await publisher.opened();
  const stack = starting.move();
  return {
    publish: async ({ routingKey, body, headers = {} }) => {
      if (headerSize(headers) > MAX_HEADER_BYTES) throw new TooLargeError(`headers of over ${MAX_HEADER_BYTES} bytes`);
      await publisher.publish(names.events, routingKey, Buffer.from(body), {
        mandatory: true,
        deliveryMode: 2,
        contentType: CLOUDEVENTS_JSON,
        headers,
      });
    },
    state: () => publisher.state(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
