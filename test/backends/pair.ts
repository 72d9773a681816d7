import { findNative, installNative, mayInstall, startNativeRabbit, startNativeRedis } from "@bellwire/backends";

/** A RabbitMQ and a Redis that belong to one test run. */
export interface Pair {
  readonly redisUrl: string;
  readonly amqpUrl: string;
  readonly versions: string;
  stop(): Promise<void>;
}

/** The machine's own servers, installed first where they are missing and that is possible. */
export async function startNativePair(): Promise<Pair> {
  const path = process.env.PATH ?? "";
  const found = await findNative(path);
  if (!(found.redis && found.rabbit) && (await mayInstall()))
    console.log("backends: installing the missing servers with apt-get");
  await installNative(path);
  await using starting = new AsyncDisposableStack();
  const redis = starting.use(await startNativeRedis({ path, persist: true }));
  const rabbit = starting.use(await startNativeRabbit({ path }));
  const running = starting.move();
  return {
    redisUrl: redis.url,
    amqpUrl: rabbit.url,
    versions: `Redis ${redis.version}, RabbitMQ ${rabbit.version}`,
    stop: () => running.disposeAsync(),
  };
}
