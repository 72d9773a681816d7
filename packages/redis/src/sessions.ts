import type { SessionRecord, Sessions } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import { channelField, createKeys, type Keys } from "./keys.ts";
import { DEFAULT_JOIN_GRACE_MS, reconcile } from "./reconcile.ts";
import { loadScript, runScript } from "./script.ts";
import { membersOf } from "./traces.ts";

/** Sessions of one user that are answered; a user with more is answered in part. */
export const DEFAULT_MAX_SESSIONS_PER_USER = 1_000;

const subscribedScript = loadScript("subscribed");

export interface SessionsOptions {
  /** What every key begins with. Default `bellwire`. */
  readonly prefix?: string;
  /** `ofUser` answers at most so many. Default 1,000. */
  readonly maxSessionsPerUser?: number;
  /** `reconcile` leaves holder entries alone that are younger: their subscribe may still be under way, ms. Default 10,000. */
  readonly joinGraceMs?: number;
}

/**
 * The directory of sessions in Redis. Every write of one turn travels in one pipeline and needs not be awaited for the
 * next. Rejects when Redis answers an error or not in time.
 */
export function createSessions(redis: Redis, options: SessionsOptions = {}): Sessions {
  const keys = createKeys(options.prefix);
  const maxPerUser = options.maxSessionsPerUser ?? DEFAULT_MAX_SESSIONS_PER_USER;
  return {
    async opened({ client, user, node, since }) {
      // In this order whatever exists can be found from the node's set, by a sweep.
      await Promise.all([
        redis.sadd(keys.sessionsOfNode(node), client),
        redis.hset(keys.session(client), "user", user, "node", node, "since", since),
        redis.sadd(keys.sessionsOfUser(user), client),
      ]);
    },
    async closed({ client, user, node }) {
      await Promise.all([
        redis.srem(keys.sessionsOfUser(user), client),
        redis.unlink(keys.session(client)),
        redis.srem(keys.sessionsOfNode(node), client),
      ]);
    },
    async subscribed(client, channel) {
      await runScript(redis, subscribedScript, {
        keys: [keys.session(client)],
        argv: [channelField(channel), Date.now()],
      });
    },
    async unsubscribed(client, channel) {
      await redis.hdel(keys.session(client), channelField(channel));
    },
    ofUser: (user) => sessionsOf(redis, keys, { user, max: maxPerUser }),
    async channelsOf(client) {
      const fields = await redis.hkeys(keys.session(client));
      return fields.filter((field) => field.startsWith("c:")).map((field) => field.slice(2) as ChannelName);
    },
    reconcile: (node, truth) =>
      reconcile(redis, keys, { node, truth, joinGraceMs: options.joinGraceMs ?? DEFAULT_JOIN_GRACE_MS }),
  };
}

/** A user's sessions; entries whose session is gone are dropped on the way. */
async function sessionsOf(redis: Redis, keys: Keys, of: { user: string; max: number }): Promise<SessionRecord[]> {
  const records = new Map<string, SessionRecord>();
  const key = keys.sessionsOfUser(of.user);
  for await (const clients of membersOf(redis, key)) {
    const found = await Promise.all(
      clients.map((client) => redis.hmget(keys.session(client), "user", "node", "since")),
    );
    const gone: string[] = [];
    for (const [index, client] of clients.entries()) {
      const [user, node, since] = found[index] ?? [];
      if (typeof user === "string" && typeof node === "string")
        records.set(client, { client, user, node, since: Number(since) });
      else gone.push(client);
    }
    if (gone.length > 0) await redis.srem(key, ...gone);
    if (records.size >= of.max) break;
  }
  return [...records.values()].slice(0, of.max);
}
