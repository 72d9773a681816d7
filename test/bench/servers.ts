import { startNativeRabbit, startNativeRedis } from "@bellwire/backends";
import type { Processes } from "./cpu.ts";

/** The RabbitMQ and the Redis of a run. */
export interface Servers extends AsyncDisposable {
  readonly redisUrl: string;
  readonly amqpUrl: string;
  /** Those whose CPU can be measured: servers that were given by URL may run anywhere. */
  readonly processes: Processes;
  readonly versions: string;
}

/** The given servers; or private ones, started from this machine's programs. Rejects where there are none. */
export async function openServers(env: Readonly<Record<string, string | undefined>>): Promise<Servers> {
  const { BELLWIRE_REDIS_URL: redisUrl, BELLWIRE_AMQP_URL: amqpUrl, PATH: path = "" } = env;
  if (redisUrl !== undefined && amqpUrl !== undefined)
    return { redisUrl, amqpUrl, processes: [], versions: "given by URL", [Symbol.asyncDispose]: async () => undefined };
  if (redisUrl !== undefined || amqpUrl !== undefined)
    throw new Error("give both BELLWIRE_REDIS_URL and BELLWIRE_AMQP_URL, or neither");
  await using starting = new AsyncDisposableStack();
  const redis = starting.use(await startNativeRedis({ path }));
  const rabbit = starting.use(await startNativeRabbit({ path }));
  const running = starting.move();
  return {
    redisUrl: redis.url,
    amqpUrl: rabbit.url,
    processes: [
      { name: "redis", pid: redis.pid },
      { name: "rabbitmq", pid: rabbit.pid },
    ],
    versions: `RabbitMQ ${rabbit.version}, Redis ${redis.version}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
