import type { NodeId } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { loadScript, runScript } from "./script.ts";

/** Entries handled in one pipeline, so that clearing a large node does not hold up the others. */
export const SLICE = 500;

const forgetHolderScript = loadScript("forget-holder");

/** The members of a set, a slice at a time; a member may come twice, as SSCAN has it. */
export async function* membersOf(redis: Redis, key: string): AsyncGenerator<readonly string[]> {
  let cursor = "0";
  do {
    const [next, members] = await redis.sscan(key, cursor, "COUNT", SLICE);
    cursor = next;
    if (members.length > 0) yield members;
  } while (cursor !== "0");
}

/** Removes sessions that the store has of `node`: from their user's set, then themselves, then from the node's set. */
export async function dropSessions(redis: Redis, keys: Keys, of: { node: NodeId; clients: readonly string[] }) {
  const users = await Promise.all(of.clients.map((client) => redis.hget(keys.session(client), "user")));
  const removals: Array<Promise<unknown>> = [];
  for (const [index, client] of of.clients.entries()) {
    const user = users[index];
    if (typeof user === "string") removals.push(redis.srem(keys.sessionsOfUser(user), client));
    removals.push(redis.unlink(keys.session(client)));
  }
  if (of.clients.length > 0) removals.push(redis.srem(keys.sessionsOfNode(of.node), ...of.clients));
  await Promise.all(removals);
}

/** Removes `node` from the holders of channels, unless it joined one at or after `before` (ms of the store's clock). */
export async function dropHolders(
  redis: Redis,
  keys: Keys,
  of: { readonly node: NodeId; readonly channels: readonly ChannelName[]; readonly before: number },
): Promise<void> {
  await Promise.all(
    of.channels.map(async (channel) => {
      const forgotten = await runScript(redis, forgetHolderScript, {
        keys: [keys.holders(channel), keys.present(channel, of.node)],
        argv: [of.node, of.before],
      });
      if (forgotten === 0) return;
      // The note goes last: without it nobody would find what is left of a clearing that broke off. A join of this
      // connection comes wholly before these two, and is seen, or wholly after them.
      const noted = keys.channelsOfNode(of.node);
      const [, joined] = await Promise.all([redis.srem(noted, channel), redis.hexists(keys.holders(channel), of.node)]);
      if (joined === 1) await redis.sadd(noted, channel);
    }),
  );
}

/**
 * Removes all that a node left behind, in slices; stops when `isGone` answers false before one. Answers whether it got
 * to the end. Harmless when several do it at once.
 */
export async function clearTraces(
  redis: Redis,
  keys: Keys,
  of: { readonly node: NodeId; readonly before: number; readonly isGone: () => Promise<boolean> },
): Promise<boolean> {
  for await (const channels of membersOf(redis, keys.channelsOfNode(of.node))) {
    if (!(await of.isGone())) return false;
    await dropHolders(redis, keys, { ...of, channels: channels as readonly ChannelName[] });
  }
  for await (const clients of membersOf(redis, keys.sessionsOfNode(of.node))) {
    if (!(await of.isGone())) return false;
    await dropSessions(redis, keys, { node: of.node, clients });
  }
  return of.isGone();
}
