import { randomBytes } from "node:crypto";
import type { Append, Appended, ReadRange, StreamSlice, Streams } from "@bellwire/hub";
import type { Position } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import { publicationAt, publicationOf } from "./entry.ts";
import { createKeys } from "./keys.ts";
import { KnownTops } from "./known-tops.ts";
import { type Life, Lives } from "./life.ts";
import { asList, asNumber, asText, loadScript, RedisAway, type Reply, runScript, UnexpectedReply } from "./script.ts";

/** How long a stream's epoch and top outlive its last use. */
export const DEFAULT_META_TTL_MS = 30 * 24 * 3_600_000;

/** Positions asked for in one pipeline. */
const TOPS_SLICE = 500;

/** How long after its start a server may have lost what came last without all nodes having said what they know, ms. */
export const DEFAULT_SETTLE_MS = 5_000;

/** Channels whose last position a node remembers. */
const KNOWN_TOPS = 20_000;

const attestScript = loadScript("attest");
const appendScript = loadScript("append");
const readScript = loadScript("read");

export interface StreamsOptions {
  /** What every key begins with. Default `bellwire`. */
  readonly prefix?: string;
  /** How long epoch and top outlive the last append, join or read, ms; at least twice the history's. Default 30 days. */
  readonly metaTtlMs?: number;
  /** For so long after Redis began a new run nothing is appended to streams of an earlier one, ms. Default 5,000. */
  readonly settleMs?: number;
  /** What becomes of the streams of before when Redis begins a new run. Default `ask`. The same for all nodes. */
  readonly afterRestart?: AfterRestart;
}

/**
 * `ask`: the nodes say how far they know each stream to have come; those of which Redis knows less begin new epochs. What Redis lost
 * together with every node that knew goes unnoticed. `renew`: every stream begins a new epoch, so that nothing does, and all who
 * follow one are told to reload, after every restart.
 */
export type AfterRestart = "ask" | "renew";

/** The channels' streams in Redis: one round trip per append, join and read. Rejects when Redis answers an error or not in time. */
export function createStreams(redis: Redis, options: StreamsOptions = {}): Streams {
  const keys = createKeys(options.prefix);
  const metaTtlMs = options.metaTtlMs ?? DEFAULT_META_TTL_MS;
  const settleMs = options.settleMs ?? DEFAULT_SETTLE_MS;
  const renews = options.afterRestart === "renew";
  const newEpoch = createEpochs();
  const known = new KnownTops(KNOWN_TOPS);
  const lives = new Lives(redis, async () => {
    const all = known.all();
    for (let start = 0; start < all.length; start += TOPS_SLICE)
      await Promise.all(
        all.slice(start, start + TOPS_SLICE).map(([channel, { epoch, offset }]) =>
          runScript(redis, attestScript, {
            keys: [keys.meta(channel), keys.stream(channel)],
            argv: [epoch, offset, newEpoch(), metaTtlMs],
          }),
        ),
      );
  });
  const noted = (channel: Append["channel"], position: Position): Position => {
    known.note(channel, position);
    return position;
  };

  /** The run, and what an append does to a stream of an earlier one. */
  const lifeArguments = ({ run, bornAt }: Life): readonly string[] => {
    if (renews) return [run, "renew"];
    return [run, performance.now() - bornAt < settleMs ? "wait" : "go on"];
  };

  /** Sent in this very turn. */
  const readIn = async (
    { run }: Life,
    channel: Append["channel"],
    range: ReadRange,
    holder?: string,
  ): Promise<StreamSlice> => {
    const bounds = boundsOf(range);
    const reply = await runScript(redis, readScript, {
      keys: [keys.meta(channel), keys.stream(channel), ...(holder === undefined ? [] : [keys.holders(channel)])],
      argv: [
        ...[newEpoch(), metaTtlMs, bounds.first, bounds.last, bounds.limit, range.reverse ? "1" : "0"],
        ...[run, renews ? "renew" : "", holder ?? ""],
      ],
    });
    const [epoch, top, entries] = asList(reply);
    return {
      top: noted(channel, { epoch: asText(epoch), offset: asNumber(top) }),
      publications: asList(entries).map(publicationOf),
    };
  };

  const read = async (channel: Append["channel"], range: ReadRange): Promise<StreamSlice> =>
    readIn(await lives.now(), channel, range);

  const topOf = async (channel: Append["channel"], run: string): Promise<Position | undefined> => {
    const [epoch, top, begunIn] = await redis.hmget(keys.meta(channel), "e", "o", "r");
    if (!epoch) return undefined;
    if (renews && begunIn !== run) return (await read(channel, { limit: 0 })).top;
    return noted(channel, { epoch, offset: Number(top) });
  };

  return {
    async append(append) {
      const { channel, history, eventId, version } = append;
      const life = await lives.now();
      const reply = await runScript(redis, appendScript, {
        keys: [
          keys.meta(channel),
          keys.stream(channel),
          keys.holders(channel),
          eventId === undefined ? keys.meta(channel) : keys.event(channel, eventId),
          version === undefined ? keys.meta(channel) : keys.version(channel, version.subject),
        ],
        argv: [
          newEpoch(),
          history.size,
          history.ttlMs,
          Math.max(metaTtlMs, 2 * history.ttlMs),
          append.data,
          append.info === undefined ? "" : JSON.stringify(append.info),
          append.tags === undefined ? "" : JSON.stringify(append.tags),
          eventId === undefined ? 0 : append.dedupMs,
          ...versionArguments(append),
          ...lifeArguments(life),
        ],
      });
      const appended = appendedOf(append, asList(reply));
      noted(channel, appended.position);
      return appended;
    },
    async join(channel, node, range) {
      const life = await lives.now();
      // Noted first, so that a node that dies between the two is swept from the channel too; both in one run of the server.
      const held = redis.sadd(keys.channelsOfNode(node), channel);
      const [slice] = await Promise.all([readIn(life, channel, range, node), held]);
      return slice;
    },
    async leave(channel, node) {
      await Promise.all([redis.hdel(keys.holders(channel), node), redis.srem(keys.channelsOfNode(node), channel)]);
    },
    read,
    witness: (channel, position) => known.note(channel, position),
    async tops(channels) {
      const tops: Array<Position | undefined> = [];
      const { run } = await lives.now();
      for (let start = 0; start < channels.length; start += TOPS_SLICE) {
        const slice = channels.slice(start, start + TOPS_SLICE);
        tops.push(...(await Promise.all(slice.map((channel) => topOf(channel, run)))));
      }
      return tops;
    },
    holders: (channel) => redis.hkeys(keys.holders(channel)),
    async clear(channel) {
      await redis.unlink(keys.stream(channel));
    },
  };
}

/** Number, epoch and lifetime of the subject's version, and whether it must be the last one's successor. */
const versionArguments = ({ version, versionTtlMs }: Append): readonly (string | number)[] =>
  version === undefined
    ? ["", "", versionTtlMs, ""]
    : [version.number, version.epoch ?? "", versionTtlMs, version.next === true ? "1" : ""];

function appendedOf(append: Append, [kind, epoch, at, holders, fields]: readonly Reply[]): Appended {
  if (kind === 5)
    throw new RedisAway("Redis has begun a new run: the nodes are still to say how far its streams had come");
  const position = { epoch: asText(epoch), offset: asNumber(at) };
  if (kind === 3) return { kind: "stale", position };
  if (kind === 4) return { kind: "early", position };
  const named = asList(holders).map(asText);
  if (kind === 1) {
    const { data, info, tags } = append;
    const publication = { data, offset: position.offset, ...(info && { info }), ...(tags && { tags }) };
    return { kind: "appended", position, publication, holders: named };
  }
  if (kind !== 2) throw new UnexpectedReply(`append answered ${String(kind)}`);
  const stored = asList(fields);
  return {
    kind: "duplicate",
    position,
    ...(stored.length > 0 && { publication: publicationAt(position.offset, stored) }),
    holders: named,
  };
}

/** The range as stream ids: `(` excludes, and nothing lies before offset 1. */
function boundsOf({ since, limit, reverse }: ReadRange): { first: string; last: string; limit: number } {
  if (since === undefined) return { first: "-", last: "+", limit };
  if (!reverse) return { first: `(${since}-0`, last: "+", limit };
  return since <= 1 ? { first: "-", last: "+", limit: 0 } : { first: "-", last: `(${since}-0`, limit };
}

/** Names for streams' lives: random per process, counted within it, so no two are the same. */
function createEpochs(): () => string {
  const born = randomBytes(6).toString("hex");
  let count = 0;
  return () => `${born}${(count++).toString(36)}`;
}
