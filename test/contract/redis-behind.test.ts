import { findNative, startNativeRedis } from "@bellwire/backends";
import { ChannelName } from "@bellwire/protocol";
import { closeRedis, createRegistry, createStreams, openRedis, type StreamsOptions, stateOf } from "@bellwire/redis";
import { describe, expect, it } from "vitest";
import { recordOf } from "./registry.contract.ts";

const native = await findNative(process.env.PATH);
const LONG = { timeout: 20_000, interval: 50 };
const SETTLE_MS = 3_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const append = {
  channel: ChannelName.parse("orders:user#ada"),
  dedupMs: 60_000,
  versionTtlMs: 60_000,
  history: { size: 10, ttlMs: 60_000 },
};
const record = recordOf("node-1.1");

// A server of its own, to be killed.
describe.skipIf(native.redis === undefined)("redis comes back from a kill", () => {
  it("without what it wrote last: the stream begins a new epoch before anybody appends to it", async () => {
    await using test = await startPair();
    const { redis, knows, knowsNothing } = test;
    for (const data of ["1", "2", "3"]) await knows.streams.append({ ...append, data, eventId: `e${data}` });
    await redis.snapshot();
    for (const data of ["4", "5"]) await knows.streams.append({ ...append, data, eventId: `e${data}` });
    const before = await knows.streams.read(append.channel, { limit: 0 });
    await redis.kill();
    await redis.revert();
    await redis.restart();
    await expect.poll(() => [stateOf(knows.redis), stateOf(knowsNothing.redis)], LONG).toEqual(["up", "up"]);
    const stranger = () =>
      knowsNothing.streams.append({ ...append, data: "6" }).then(({ position }) => position, String);
    await expect.poll(stranger, LONG).toMatchObject({ offset: 1 });
    const after = await knows.streams.read(append.channel, { since: 0, limit: 10 });
    expect(after.top.epoch).not.toBe(before.top.epoch);
    expect(after.publications.map(({ data }) => data)).toEqual(["6"]);
    // What was lost can be published again.
    expect(await knows.streams.append({ ...append, data: "5", eventId: "e5" })).toMatchObject({ kind: "appended" });
  }, 60_000);

  it("without what it wrote last, and who wrote is gone: who heard of it on the bus tells", async () => {
    await using test = await startPair();
    const { redis, knows, knowsNothing } = test;
    for (const data of ["1", "2"]) await knows.streams.append({ ...append, data });
    await redis.snapshot();
    const { position } = await knows.streams.append({ ...append, data: "3" });
    knowsNothing.streams.witness(append.channel, position);
    await closeRedis(knows.redis);
    await redis.kill();
    await redis.revert();
    await redis.restart();
    const heard = () => knowsNothing.streams.append({ ...append, data: "4" }).then((answer) => answer.position, String);
    await expect.poll(heard, LONG).toMatchObject({ offset: 1 });
  }, 60_000);

  it("to where a stream had only been joined: what was appended since is not given again", async () => {
    await using test = await startPair();
    const { redis, knows, knowsNothing } = test;
    await knows.streams.join(append.channel, "node-1", { limit: 0 });
    await redis.snapshot();
    const { position } = await knows.streams.append({ ...append, data: "1" });
    // The one who knows is the later one to be back.
    knows.redis.disconnect();
    await redis.kill();
    await redis.revert();
    await redis.restart();
    await expect.poll(() => stateOf(knowsNothing.redis), LONG).toBe("up");
    await expect(knowsNothing.streams.append({ ...append, data: "2" })).rejects.toMatchObject({ outage: true });
    await knows.redis.connect();
    const stranger = () =>
      knowsNothing.streams.append({ ...append, data: "2" }).then((answer) => answer.position, String);
    await expect.poll(stranger, LONG).toMatchObject({ offset: 1 });
    expect((await knows.streams.read(append.channel, { limit: 0 })).top.epoch).not.toBe(position.epoch);
  }, 60_000);

  it("and what a node had told it may be gone: announcing answers so, once", async () => {
    await using test = await startPair();
    const { redis, knows } = test;
    const registry = createRegistry(knows.redis);
    await registry.announce(record);
    expect(await registry.announce(record)).toBe(true);
    await redis.kill();
    await redis.restart();
    await expect.poll(() => stateOf(knows.redis), LONG).toBe("up");
    expect(await registry.announce(record)).toBe(false);
    expect(await registry.announce(record)).toBe(true);
  }, 60_000);

  it("with all that it wrote: the epoch stays, and appends wait until every node could say what it knows", async () => {
    await using test = await startPair();
    const { redis, knows, knowsNothing } = test;
    for (const data of ["1", "2"]) await knows.streams.append({ ...append, data });
    const before = await knows.streams.read(append.channel, { limit: 0 });
    await redis.kill();
    await redis.restart();
    await expect.poll(() => stateOf(knowsNothing.redis), LONG).toBe("up");
    await expect(knowsNothing.streams.append({ ...append, data: "3" })).rejects.toMatchObject({ outage: true });
    const other = { ...append, channel: ChannelName.parse("orders:user#bob") };
    expect((await knowsNothing.streams.append({ ...other, data: "1" })).position.offset).toBe(1);
    const stranger = () =>
      knowsNothing.streams.append({ ...append, data: "3" }).then(({ position }) => position, String);
    await expect.poll(stranger, LONG).toEqual({ epoch: before.top.epoch, offset: 3 });
  }, 60_000);
});

describe.skipIf(native.redis === undefined)("redis comes back from a kill, and streams are to begin anew", () => {
  it("without what it wrote last, and nobody knows of it: no offset is given twice, and whoever asks is told", async () => {
    await using test = await startPair({ afterRestart: "renew" });
    const { redis, knows, knowsNothing } = test;
    const quiet = { ...append, channel: ChannelName.parse("orders:user#bob") };
    const watched = { ...append, channel: ChannelName.parse("orders:user#cat") };
    const all = [append, quiet, watched];
    for (const each of all) await knows.streams.append({ ...each, data: "1" });
    await redis.snapshot();
    const before = await Promise.all(all.map((each) => knows.streams.append({ ...each, data: "2" })));
    await closeRedis(knows.redis);
    await redis.kill();
    await redis.revert();
    await redis.restart();
    await expect.poll(() => stateOf(knowsNothing.redis), LONG).toBe("up");
    const streams = knowsNothing.streams;
    const appended = await streams.append({ ...append, data: "3" });
    const read = await streams.read(quiet.channel, { since: 0, limit: 10 });
    const [top] = await streams.tops([watched.channel]);
    expect(appended.position.offset).toBe(1);
    expect(read).toMatchObject({ top: { offset: 0 }, publications: [] });
    expect(top?.offset).toBe(0);
    const epochs = [appended.position, read.top, top].map((position) => position?.epoch);
    for (const [index, { position }] of before.entries()) expect(epochs[index]).not.toBe(position.epoch);
  }, 60_000);

  it("once in each run of Redis", async () => {
    await using test = await startPair({ afterRestart: "renew" });
    const { redis, knows, knowsNothing } = test;
    await knows.streams.append({ ...append, data: "1" });
    await redis.kill();
    await redis.restart();
    await expect.poll(() => [stateOf(knows.redis), stateOf(knowsNothing.redis)], LONG).toEqual(["up", "up"]);
    const { position } = await knows.streams.append({ ...append, data: "2" });
    const others = await knowsNothing.streams.append({ ...append, data: "3" });
    expect(others.position).toEqual({ epoch: position.epoch, offset: 2 });
    expect(await knows.streams.tops([append.channel])).toEqual([others.position]);
    expect((await knows.streams.read(append.channel, { since: 0, limit: 10 })).publications).toHaveLength(2);
  }, 60_000);
});

/** Two nodes' streams on one Redis: what the one appends the other never hears of. */
async function startPair(options: StreamsOptions = {}) {
  await using starting = new AsyncDisposableStack();
  const redis = starting.use(await startNativeRedis({ persist: true }));
  const open = async () => {
    const connection = starting.adopt(await openRedis({ url: redis.url, name: "behind", log }), closeRedis);
    return { redis: connection, streams: createStreams(connection, { settleMs: SETTLE_MS, ...options }) };
  };
  const [knows, knowsNothing] = [await open(), await open()];
  const started = starting.move();
  return { redis, knows, knowsNothing, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
