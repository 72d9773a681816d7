import type { NodeId, SessionRecord } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import { channelField, type Keys } from "./keys.ts";
import { loadScript, runScript, teach } from "./script.ts";
import { dropHolders, dropSessions, membersOf, SLICE } from "./traces.ts";

/** Longer than a subscribe takes from its join to its session's entry. */
export const DEFAULT_JOIN_GRACE_MS = 10_000;

const restoreSessionScript = loadScript("restore-session");

interface Truth {
  readonly session: SessionRecord;
  readonly channels: readonly ChannelName[];
}

/**
 * Makes the store say exactly `truth` of `node`, in slices. What the store has is read before the truth, and each slice
 * of the truth is read in the turn that sends it: over a live iterator a session that closes meanwhile is not revived.
 */
export async function reconcile(
  redis: Redis,
  keys: Keys,
  of: { readonly node: NodeId; readonly truth: Iterable<Truth>; readonly joinGraceMs: number },
): Promise<void> {
  const { node } = of;
  // A new run of Redis knows no script: one sent a second time would revive a session that has closed in between.
  await teach(redis, restoreSessionScript);
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  const strangers = await allMembers(redis, keys.sessionsOfNode(node));
  const unheld = await allMembers(redis, keys.channelsOfNode(node));
  const held = new Set<ChannelName>();

  const writes: Array<Promise<unknown>> = [];
  for (const { session, channels } of of.truth) {
    strangers.delete(session.client);
    writes.push(...restore(redis, keys, { node, session, channels, now }));
    for (const channel of channels) {
      if (held.has(channel)) continue;
      held.add(channel);
      unheld.delete(channel);
      writes.push(redis.sadd(keys.channelsOfNode(node), channel), redis.hset(keys.holders(channel), node, now));
    }
    if (writes.length >= SLICE) await Promise.all(writes.splice(0));
  }
  await Promise.all(writes);

  for (const channels of slicesOf(unheld))
    await dropHolders(redis, keys, {
      node,
      channels: channels as readonly ChannelName[],
      before: now + 1 - of.joinGraceMs,
    });
  for (const clients of slicesOf(strangers)) await dropSessions(redis, keys, { node, clients });
}

function restore(
  redis: Redis,
  keys: Keys,
  of: { readonly node: NodeId; readonly now: number } & Truth,
): Array<Promise<unknown>> {
  const { client, user, since } = of.session;
  return [
    redis.sadd(keys.sessionsOfNode(of.node), client),
    runScript(redis, restoreSessionScript, {
      keys: [keys.session(client)],
      argv: [user, of.node, since, of.now, ...of.channels.map(channelField)],
    }),
    redis.sadd(keys.sessionsOfUser(user), client),
  ];
}

async function allMembers(redis: Redis, key: string): Promise<Set<string>> {
  const all = new Set<string>();
  for await (const members of membersOf(redis, key)) for (const member of members) all.add(member);
  return all;
}

function* slicesOf(set: ReadonlySet<string>): Generator<readonly string[]> {
  const all = [...set];
  for (let start = 0; start < all.length; start += SLICE) yield all.slice(start, start + SLICE);
}
