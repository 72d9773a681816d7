import type { Redis } from "ioredis";
import type { Stage } from "./stage/stage.ts";

/** What may stay in Redis when everybody has left: streams with what belongs to them, and the shop's own data. */
const DURABLE = [/:\{[^}]*\}:(meta|stream)$/, /:\{[^}]*\}:(event|version):/, /:shop:\{shop\}:/];

/** Keys of the run that nobody needs any more, with what is in those that are hashes. */
export async function leftoverKeys(stage: Stage, redis: Redis): Promise<readonly string[]> {
  const left: string[] = [];
  for await (const keys of redis.scanStream({ match: `${stage.prefix}:*`, count: 500 }))
    for (const key of keys as readonly string[]) if (!DURABLE.some((durable) => durable.test(key))) left.push(key);
  return Promise.all(left.map(async (key) => `${key} ${await contentOf(key, redis)}`));
}

const contentOf = async (key: string, redis: Redis): Promise<string> =>
  (await redis.type(key)) === "hash" ? JSON.stringify(await redis.hgetall(key)) : "";

/** Queues of the run beyond the durable ones. */
export async function leftoverQueues(stage: Stage): Promise<readonly string[]> {
  const names = await stage.queues();
  return names.filter((name) => !/\.(ingest\.\d+|dead)$/.test(name));
}
