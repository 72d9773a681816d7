import { randomBytes } from "node:crypto";
import { type AmqpOptions, amqpNames } from "@bellwire/rabbitmq";
import { connect } from "amqplib";

/** Errors are shown; warnings where BELLWIRE_TEST_LOG is set. */
export const log = {
  info: () => undefined,
  warn: (fields: Readonly<Record<string, unknown>>, message: string) => {
    if (process.env.BELLWIRE_TEST_LOG) console.log(message, fields);
  },
  error: (fields: Readonly<Record<string, unknown>>, message: string) => console.log(message, fields),
};

/** A cluster of its own on a broker; everything of it is deleted in the end. */
export async function freshCluster(amqpUrl: string) {
  const prefix = `test-${randomBytes(4).toString("hex")}`;
  const names = amqpNames(prefix);
  const stack = new AsyncDisposableStack();
  const model = await connect(amqpUrl);
  stack.defer(() => model.close());
  const topology = { partitions: 4 };
  stack.defer(async () => {
    const channel = await model.createChannel();
    for (let index = 0; index < topology.partitions; index += 1) await channel.deleteQueue(names.partition(index));
    await channel.deleteQueue(names.dead);
    for (const exchange of [names.events, names.ingest, names.broadcast, names.direct, names.dead])
      await channel.deleteExchange(exchange);
  });
  const options = (url: string): AmqpOptions & { topology: { partitions: number } } => ({
    urls: [url],
    prefix,
    log,
    topology,
    startTimeoutMs: 15_000,
  });
  return { names, model, stack, options, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
