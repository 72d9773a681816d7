import { connectBus, connectEventFeed, connectSeenSink } from "@bellwire/rabbitmq";
import {
  closeRedis,
  createPresence,
  createReceipts,
  createRegistry,
  createSessions,
  createStreams,
  openRedis,
} from "@bellwire/redis";
import { list, readEnv, run } from "@bellwire/runtime";
import { z } from "zod";
import { startNode } from "./node.ts";
import { readNodeConfig } from "./settings/config.ts";

const env = process.env;

await run(
  "node",
  async (log) => {
    const config = readNodeConfig(env);
    const { BELLWIRE_REDIS_URL: url, BELLWIRE_AMQP_URL: urls } = readEnv(env, {
      BELLWIRE_REDIS_URL: z.url({ error: "must be set: redis://host:6379" }),
      BELLWIRE_AMQP_URL: list("").refine((given) => given.length > 0, "must be set: amqp://user:password@host:5672"),
    });
    const { prefix, afterRedisRestart: afterRestart } = config;
    await using starting = new AsyncDisposableStack();
    const redis = starting.adopt(await openRedis({ url, name: config.id, log }), closeRedis);
    const bus = starting.use(await connectBus({ urls, prefix, log }));
    const feed = starting.use(await connectEventFeed({ urls, prefix, log }));
    const node = starting.use(
      await startNode(config, {
        ...{ log, bus, feed, processMetrics: true },
        streams: createStreams(redis, { prefix, afterRestart }),
        sessions: createSessions(redis, { prefix }),
        presence: createPresence(redis, { prefix }),
        receipts: createReceipts(redis, { prefix }),
        ...(config.shown?.events && { seen: starting.use(await connectSeenSink({ urls, prefix, log })) }),
        registry: createRegistry(redis, { prefix }),
      }),
    );
    const running = starting.move();
    return { port: node.port, [Symbol.asyncDispose]: () => running.disposeAsync() };
  },
  { level: env.BELLWIRE_LOG_LEVEL ?? "info", deadlineMs: Number(env.BELLWIRE_STOP_DEADLINE_MS ?? 30_000) },
);
