import { connectEventSink } from "@bellwire/rabbitmq";
import { closeRedis, openRedis } from "@bellwire/redis";
import { ConfigError, type RunningService, run } from "@bellwire/runtime";
import { type ProducerConfig, readProducerConfig } from "./config.ts";
import { startProducer } from "./producer.ts";
import { createRedisOrderStore } from "./store/redis-order-store.ts";

const DRAIN_DEADLINE_MS = 10_000;

const config = readConfig();

await run(
  "producer",
  async (log): Promise<RunningService> => {
    await using starting = new AsyncDisposableStack();
    const redis = await openRedis({ url: config.redisUrl, name: "bellwire-producer", log });
    starting.defer(() => closeRedis(redis));
    const sink = starting.use(await connectEventSink({ urls: config.amqpUrls, prefix: config.prefix, log }));
    const store = createRedisOrderStore(redis, { prefix: config.prefix, ...config.limits });
    starting.use(await startProducer(config, { log, store, sink }));
    const running = starting.move();
    return { [Symbol.asyncDispose]: () => running.disposeAsync() };
  },
  { level: config.logLevel, deadlineMs: DRAIN_DEADLINE_MS },
);

function readConfig(): ProducerConfig {
  try {
    return readProducerConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
