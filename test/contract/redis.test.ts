import { randomUUID } from "node:crypto";
import { ChannelName } from "@bellwire/protocol";
import {
  closeRedis,
  createPresence,
  createReceipts,
  createRegistry,
  createRulebook,
  createSessions,
  createStreams,
  openRedis,
} from "@bellwire/redis";
import type { Redis } from "ioredis";
import { describe, expect, inject, it } from "vitest";
import { describePresenceContract, MAX_PRESENT } from "./presence.contract.ts";
import { describeReceiptsContract, MAX_SHOWN_VERSIONS, MAX_WATCHED } from "./receipts.contract.ts";
import { describeRegistryContract, LIVENESS_MS, recordOf, SWEEP_MS } from "./registry.contract.ts";
import { describeRulebookContract } from "./rulebook.contract.ts";
import { describeSessionsContract } from "./sessions.contract.ts";
import { describeStreamsContract } from "./streams.contract.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Two connections to one server, and a key space of this test alone. */
async function openStore(url: string) {
  await using opening = new AsyncDisposableStack();
  const prefix = `test-${randomUUID()}`;
  const open = async () => {
    const redis = await openRedis({ url, name: "contract", log: silent });
    opening.defer(() => closeRedis(redis));
    return redis;
  };
  const [redis, second] = [await open(), await open()];
  const keys = () => keysOf(redis, prefix);
  const wipe = async () => {
    const found = await keys();
    if (found.length > 0) await redis.unlink(...found);
  };
  opening.defer(wipe);
  const opened = opening.move();
  return { redis, second, prefix, keys, wipe, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function keysOf(redis: Redis, prefix: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 }))
    for (const key of keys as string[]) found.add(key);
  return [...found].sort();
}

async function createStore(url: string) {
  const store = await openStore(url);
  const { redis, second, prefix } = store;
  const bounds = { prefix, livenessMs: LIVENESS_MS, sweepMs: SWEEP_MS };
  return {
    ...store,
    streams: createStreams(redis, { prefix }),
    other: createStreams(second, { prefix }),
    sessions: createSessions(redis, { prefix, joinGraceMs: 0 }),
    presence: createPresence(redis, { prefix, maxPerNode: MAX_PRESENT }),
    receipts: createReceipts(redis, { prefix, maxVersions: MAX_SHOWN_VERSIONS, maxWatched: MAX_WATCHED }),
    registry: createRegistry(redis, bounds),
  };
}

async function createRegistryTest(url: string) {
  const store = await createStore(url);
  const bounds = { prefix: store.prefix, livenessMs: LIVENESS_MS, sweepMs: SWEEP_MS };
  return { ...store, other: createRegistry(store.second, bounds) };
}

async function createRulebookTest(url: string) {
  const store = await openStore(url);
  const { redis, second, prefix } = store;
  return { ...store, rulebook: createRulebook(redis, { prefix }), other: createRulebook(second, { prefix }) };
}

const appendTo = (channel: string) => ({
  channel: ChannelName.parse(channel),
  data: '"x"',
  eventId: "e-1",
  version: { subject: "s", number: 1 },
  dedupMs: 60_000,
  versionTtlMs: 60_000,
  history: { size: 10, ttlMs: 60_000 },
});

for (const { name, redisUrl } of inject("backends")) {
  describe(`redis ${name}`, () => {
    describeStreamsContract("streams", () => createStore(redisUrl));
    describeSessionsContract("sessions", () => createStore(redisUrl));
    describePresenceContract("presence", () => createStore(redisUrl));
    describeReceiptsContract("receipts", () => createStore(redisUrl));
    describeRegistryContract("registry", () => createRegistryTest(redisUrl));
    describeRulebookContract("rulebook", () => createRulebookTest(redisUrl));

    it("registers a node with 2,000 sessions anew in slices, so that Redis answers others meanwhile", async () => {
      await using store = await createStore(redisUrl);
      const truth = Array.from({ length: 2_000 }, (_, index) => ({
        session: { client: `client-${index}`, user: `user-${index}`, node: "node-a", since: 1 },
        channels: [ChannelName.parse(`orders:user#user-${index}`), ChannelName.parse("promo:all")],
      }));
      let most = 0;
      const looking = setInterval(() => {
        most = Math.max(most, store.redis.commandQueue.length);
      }, 0);
      const begun = performance.now();
      await store.sessions.reconcile("node-a", truth);
      const tookMs = performance.now() - begun;
      clearInterval(looking);
      console.log(`2,000 sessions registered in ${Math.round(tookMs)} ms, at most ${most} commands on their way`);
      expect((await store.keys()).filter((key) => key.includes(":session:"))).toHaveLength(2_000);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThan(1_000);
    });

    it("leaves nothing behind of an append that fails half-way: it succeeds once its cause is gone", async () => {
      await using store = await createStore(redisUrl);
      const append = { ...appendTo("orders:user#42"), version: { subject: "s", number: 2 } };
      const stream = `${store.prefix}:{orders:user#42}:stream`;
      await store.streams.append({ ...append, eventId: "e-0", version: { subject: "s", number: 1 } });
      await store.redis.set(stream, "not a stream");
      for (const _ of [1, 2]) await expect(store.streams.append(append)).rejects.toThrow("WRONGTYPE");
      await store.redis.del(stream);
      expect(await store.streams.append(append)).toMatchObject({ kind: "appended", position: { offset: 2 } });
    });

    it("puts every key of one channel into one slot, whatever the channel is called", async () => {
      await using store = await createStore(redisUrl);
      for (const channel of ["orders:user#42", "}odd{", "{}", "%7D"]) {
        const before = new Set(await store.keys());
        const append = appendTo(channel);
        await store.streams.append(append);
        await store.streams.join(append.channel, "node-a", { limit: 0 });
        await store.presence.enter(append.channel, "node-a", { user: "42", client: "c1" });
        const made = (await store.keys()).filter((key) => !before.has(key) && !key.includes(":node:"));
        expect(made).toHaveLength(6);
        const slots = await Promise.all(made.map((key) => store.redis.call("CLUSTER", "KEYSLOT", key).catch(() => 0)));
        expect(new Set(slots).size).toBe(1);
        const tags = made.map((key) => /\{(.*?)\}/.exec(key)?.[1]);
        expect(new Set(tags).size).toBe(1);
        expect(tags[0]).not.toBe("");
      }
    });

    it("gives every key of a stream an end, and outlives its history", async () => {
      await using store = await createStore(redisUrl);
      const append = appendTo("orders:user#42");
      await store.streams.append(append);
      for (const key of await store.keys()) expect(await store.redis.pttl(key)).toBeGreaterThan(0);
      const long = { size: 1, ttlMs: 60 * 24 * 3_600_000 };
      await store.streams.append({ ...append, eventId: "e-2", version: { subject: "s", number: 2 }, history: long });
      await store.streams.read(append.channel, { limit: 0 });
      const meta = (await store.keys()).find((key) => key.endsWith(":meta")) ?? "";
      expect(await store.redis.pttl(meta)).toBeGreaterThan(long.ttlMs);
    });

    it("appends an event anew when its id is of an epoch that is gone, and still refuses an old version", async () => {
      await using store = await createStore(redisUrl);
      const append = appendTo("promo:all");
      const { version, ...unversioned } = append;
      const first = await store.streams.append(unversioned);
      await store.streams.append({ ...append, eventId: "e-2" });
      await store.redis.unlink(...(await store.keys()).filter((key) => key.endsWith(":meta")));
      const again = await store.streams.append(unversioned);
      expect(again).toMatchObject({ kind: "appended", position: { offset: 1 } });
      expect(again.position.epoch).not.toBe(first.position.epoch);
      expect((await store.streams.read(append.channel, { limit: 10 })).publications).toHaveLength(1);
      expect(await store.streams.append({ ...append, eventId: "e-2", version })).toMatchObject({ kind: "stale" });
    });

    it("rejects an event id and a subject beyond their bounds", async () => {
      await using store = await createStore(redisUrl);
      const append = appendTo("promo:all");
      for (const eventId of ["", "x".repeat(129)])
        await expect(store.streams.append({ ...append, eventId })).rejects.toThrow(/event id must have 1 to 128/);
      const version = { subject: "x".repeat(129), number: 1 };
      await expect(store.streams.append({ ...append, version })).rejects.toThrow(/version subject must have/);
      expect(await store.keys()).toEqual([]);
    });

    it("goes on when the server has forgotten the scripts", async () => {
      await using store = await createStore(redisUrl);
      const append = appendTo("promo:all");
      const { eventId, version, ...plain } = append;
      await store.streams.append(plain);
      await store.redis.script("FLUSH");
      const appended = await Promise.all(Array.from({ length: 20 }, () => store.streams.append(plain)));
      expect(appended.map(({ position }) => position.offset)).toEqual(Array.from({ length: 20 }, (_, at) => at + 2));
    });

    it("joins in one run of the server alone: who holds a channel is known from both sides", async () => {
      await using store = await createStore(redisUrl);
      const gate = Promise.withResolvers<void>();
      const ask = store.second.info.bind(store.second);
      store.second.info = (async (section: string) => {
        await gate.promise;
        return ask(section);
      }) as typeof ask;
      const streams = createStreams(store.second, { prefix: store.prefix });
      const { channel } = appendTo("orders:user#42");
      const joining = streams.join(channel, "node-a", { limit: 0 });
      // The server loses everything before the node knows which run it speaks to.
      await store.second.ping();
      await store.wipe();
      gate.resolve();
      await joining;
      expect(await store.redis.smembers(`${store.prefix}:node:{node-a}:channels`)).toEqual([channel]);
    });

    it("reconciles on a server that knows no script, and revives no session that closes meanwhile", async () => {
      await using store = await createStore(redisUrl);
      const session = { client: "client-z", user: "u", node: "node-z", since: 1 };
      let closing: Promise<void> | undefined;
      function* closesAtOnce() {
        yield { session, channels: [] };
        closing = store.sessions.closed(session);
      }
      await store.redis.script("FLUSH");
      await store.sessions.reconcile("node-z", closesAtOnce());
      await closing;
      expect(await store.keys()).toEqual([]);
    });

    it("shows no client that left while the server had to be told the script that enters it", async () => {
      await using store = await createStore(redisUrl);
      const channel = ChannelName.parse("room:left");
      await store.redis.script("FLUSH");
      const entered = store.presence.enter(channel, "node-z", { user: "u", client: "client-z" });
      await store.presence.leave(channel, "node-z", "client-z");
      expect(await entered).toBe(true);
      expect(await store.keys()).toEqual([]);
    });

    it("leaves no key with a dead node's id, and none of its clients", async () => {
      await using store = await createRegistryTest(redisUrl);
      const node = "node-x";
      await store.registry.announce(recordOf(node));
      for (let index = 0; index < 1_200; index++) {
        const { channel } = appendTo(`orders:user#${index % 700}`);
        const session = { client: `client-x-${index}`, user: `u${index % 10}`, node, since: 1 };
        store.sessions.opened(session).catch(() => undefined);
        store.sessions.subscribed(session.client, channel).catch(() => undefined);
        await store.streams.join(channel, node, { limit: 0 });
        if (index < 5) await store.presence.enter(channel, node, { user: "42", client: session.client });
      }
      expect((await store.keys()).filter((key) => key.includes("client-x"))).toHaveLength(1_200);
      await expect.poll(() => store.other.sweep(), { timeout: 10_000 }).toEqual([node]);
      const left = (await store.keys()).filter((key) => !key.endsWith(":meta"));
      expect(left).toEqual([]);
    });

    it("leaves a young holder alone that the truth does not name yet, and still sweeps it", async () => {
      await using store = await createRegistryTest(redisUrl);
      const sessions = createSessions(store.redis, { prefix: store.prefix });
      const { channel } = appendTo("orders:user#42");
      const holders = `${store.prefix}:{${channel}}:holders`;
      await store.registry.announce(recordOf("node-a"));
      await store.streams.join(channel, "node-a", { limit: 0 });
      await sessions.reconcile("node-a", []);
      expect(await store.redis.hkeys(holders)).toEqual(["node-a"]);
      await store.registry.withdraw("node-a");
      expect(await store.redis.hkeys(holders)).toEqual([]);
    });

    it("finds what a clearing that broke off has left", async () => {
      await using store = await createRegistryTest(redisUrl);
      const { channel } = appendTo("orders:user#42");
      const holders = `${store.prefix}:{${channel}}:holders`;
      await store.registry.announce(recordOf("node-a"));
      await store.streams.join(channel, "node-a", { limit: 0 });
      await store.redis.rename(holders, `${store.prefix}:aside`);
      await store.redis.set(holders, "no list of holders: to leave it fails");
      await expect(store.registry.withdraw("node-a")).rejects.toThrow("WRONGTYPE");
      await store.redis.rename(`${store.prefix}:aside`, holders);
      await expect.poll(() => store.other.sweep(), { timeout: 10_000 }).toEqual(["node-a"]);
      expect(await store.redis.hkeys(holders)).toEqual([]);
    });

    it("lets a node come back in the middle of its sweep, with everything", async () => {
      await using store = await createStore(redisUrl);
      const node = "node-a";
      const channels = Array.from({ length: 2_000 }, (_, index) => ChannelName.parse(`c:${index}`));
      await store.registry.announce(recordOf(node));
      await Promise.all(channels.map((channel) => store.streams.join(channel, node, { limit: 0 })));
      const sweeper = createRegistry(store.second, { prefix: store.prefix, sweepMs: 0 });
      const sweeping = sweeper.sweep();
      const entry = async () => (await store.redis.hget(`${store.prefix}:nodes`, node)) ?? "swept";
      await expect.poll(entry, { interval: 1 }).toMatch(/^\d+ gone |^swept$/);
      expect(await store.registry.announce(recordOf(node))).toBe(false);
      const session = { client: "c1", user: "42", node, since: 1 };
      await store.sessions.reconcile(node, [{ session, channels }]);
      await sweeping;
      const held = await Promise.all(
        channels.map((channel) => store.redis.hexists(`${store.prefix}:{${channel}}:holders`, node)),
      );
      expect(held.filter((one) => one !== 1)).toEqual([]);
      expect(await store.redis.scard(`${store.prefix}:node:{${node}}:channels`)).toBe(channels.length);
      expect(await store.registry.announce(recordOf(node))).toBe(true);
    });

    it("leaves a registry entry out that it cannot read, tells of it, and sweeps it", async () => {
      await using store = await openStore(redisUrl);
      const bad: string[] = [];
      const onBadRecord = (reason: string) => bad.push(reason);
      const registry = createRegistry(store.redis, { prefix: store.prefix, sweepMs: SWEEP_MS, onBadRecord });
      await registry.announce(recordOf("good"));
      const nodes = `${store.prefix}:nodes`;
      await store.redis.hset(nodes, "odd", `${Date.now() + 1_000} up {"id":1}`, "torn", `${Date.now() + 1_000} up {`);
      await store.redis.hset(nodes, "garbage", "garbage");
      expect((await registry.roster()).map(({ id }) => id)).toEqual(["good"]);
      expect(bad).toHaveLength(2);
      expect(await registry.sweep()).toEqual(["garbage"]);
    });

    it("drops a session from its user's list whose entry is gone", async () => {
      await using store = await createStore(redisUrl);
      await store.sessions.opened({ client: "c1", user: "42", node: "a", since: 1 });
      await store.redis.unlink(`${store.prefix}:session:c1`);
      expect(await store.sessions.ofUser("42")).toEqual([]);
      expect((await store.keys()).filter((key) => key.includes(":user:"))).toEqual([]);
    });

    it("spends one command on an append", async () => {
      await using store = await createStore(redisUrl);
      const append = appendTo("promo:all");
      await store.streams.append(append);
      const calls = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await store.redis.info("commandstats"))?.[1]);
      const before = await calls();
      for (let index = 0; index < 10; index++) await store.streams.append({ ...append, eventId: `more-${index}` });
      expect((await calls()) - before).toBe(10);
    });
  });
}
