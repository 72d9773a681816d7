import {
  findNative,
  type NativeBackend,
  type NativeRabbit,
  startNativeRabbit,
  startNativeRedis,
} from "@bellwire/backends";
import { connect } from "amqplib";
import { Redis } from "ioredis";

/** RabbitMQ's start on a machine that has much else to do. */
const RABBIT_START_MS = 180_000;

/** A private RabbitMQ and Redis; several runs may use them one after the other. */
export interface Servers extends AsyncDisposable {
  readonly rabbit: NativeRabbit;
  readonly redis: NativeBackend;
}

/** Rejects where the machine lacks one of them. */
export async function startServers(): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const path = process.env.PATH ?? "";
  const native = await findNative(path);
  if (native.redis === undefined || native.rabbit === undefined)
    throw new Error("chaos needs redis-server and rabbitmq-server on this machine");
  const redis = starting.use(await startNativeRedis({ path, persist: true }));
  const rabbit = starting.use(await startNativeRabbit({ path, startMs: RABBIT_START_MS }));
  const started = starting.move();
  return { redis, rabbit, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Removes what a run left on purpose, so that the next one finds the servers as new. */
export async function clean(
  { redis, rabbit }: Servers,
  names: { readonly queues: readonly string[]; readonly prefix: string },
) {
  const store = new Redis(redis.url);
  await store.flushall();
  store.disconnect();
  const connection = await connect(rabbit.url);
  const channel = await connection.createChannel();
  for (const queue of names.queues) await channel.deleteQueue(queue);
  for (const exchange of ["events", "ingest", "broadcast", "direct", "dead"])
    await channel.deleteExchange(`${names.prefix}.${exchange}`);
  await connection.close();
}
