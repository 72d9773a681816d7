import type { BusMessage, Clock } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";
import { createMemoryCluster } from "./cluster.ts";
import { ownerOf } from "./spread.ts";

/** A clock that stands still until it is turned. */
function createClock(random = () => 0.5) {
  let now = 1_000;
  const waiting: Array<{ at: number; task: () => void }> = [];
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    after: (ms, task) => {
      const entry = { at: now + ms, task };
      waiting.push(entry);
      return () => waiting.splice(waiting.indexOf(entry), 1);
    },
    soon: (task) => setImmediate(task),
    random,
  };
  const turn = (ms: number) => {
    now += ms;
    const due = waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const entry of due) {
      waiting.splice(waiting.indexOf(entry), 1);
      entry.task();
    }
  };
  return { clock, turn };
}

const append = {
  channel: ChannelName.parse("promo:all"),
  data: '"x"',
  dedupMs: 1_000,
  versionTtlMs: 1_000,
  history: { size: 10, ttlMs: 1_000 },
};
const probe = (nonce: number): BusMessage => ({ kind: "probe", node: "a", nonce });

async function nonces(cluster: ReturnType<typeof createMemoryCluster>, node: string) {
  const seen: number[] = [];
  let gaps = 0;
  await cluster.bus.listen(node, {
    onMessage: (message) => {
      if (message.kind === "probe") seen.push(message.nonce);
    },
    onGap: () => {
      gaps++;
    },
  });
  return { seen, gaps: () => gaps };
}

it("fails as often as it is told to, without having done anything", async () => {
  const cluster = createMemoryCluster();
  cluster.fail(2);
  await expect(cluster.streams.append(append)).rejects.toThrow("away");
  await expect(cluster.registry.roster()).rejects.toThrow("away");
  expect((await cluster.streams.append(append)).position.offset).toBe(1);
});

it("appends all or nothing when the store is full", async () => {
  const { clock, turn } = createClock();
  const cluster = createMemoryCluster({ clock, maxEntries: 1 });
  await cluster.streams.append({ ...append, eventId: "e-1" });
  const version = { subject: "s", number: 1 };
  await expect(cluster.streams.append({ ...append, eventId: "e-2", version })).rejects.toThrow("takes no more");
  expect((await cluster.streams.read(append.channel, { limit: 10 })).publications).toHaveLength(1);
  turn(1_000);
  // The first try finds the ended entry on its round at the latest.
  await cluster.streams.append({ ...append, eventId: "e-1" });
  expect((await cluster.streams.append({ ...append, version })).position.offset).toBe(3);
});

it("leaves a young holder alone that the truth does not name yet", async () => {
  const { clock, turn } = createClock();
  const cluster = createMemoryCluster({ clock, joinGraceMs: 100 });
  await cluster.streams.join(append.channel, "a", { limit: 0 });
  await cluster.sessions.reconcile("a", []);
  expect(await cluster.streams.append(append)).toMatchObject({ holders: ["a"] });
  turn(100);
  await cluster.sessions.reconcile("a", []);
  expect(await cluster.streams.append(append)).toMatchObject({ holders: [] });
});

it("tells a node that listens too slowly of the gap, and counts what was lost", async () => {
  const cluster = createMemoryCluster({ maxBusQueued: 3 });
  const { seen, gaps } = await nonces(cluster, "a");
  for (let nonce = 1; nonce <= 5; nonce++) void cluster.bus.send(probe(nonce), "all");
  await expect.poll(gaps).toBe(1);
  expect(seen).toEqual([1, 2, 3]);
  expect(cluster.dropped()).toBe(2);
});

it("delivers nothing within the send, and copies", async () => {
  const cluster = createMemoryCluster();
  const got: BusMessage[] = [];
  const onMessage = (message: BusMessage) => got.push(message);
  for (const node of ["a", "b"]) await cluster.bus.listen(node, { onMessage, onGap: () => undefined });
  const message = { ...probe(1), node: "x" };
  await cluster.bus.send(message, "all");
  expect(got).toEqual([]);
  await expect.poll(() => got).toEqual([message, message]);
  expect(new Set([message, ...got]).size).toBe(3);
});

it("loses, doubles and delays bus messages where it is asked to", async () => {
  const lossy = createMemoryCluster({ mischief: { lose: 1 } });
  const lost = await nonces(lossy, "a");
  await lossy.bus.send(probe(1), "all");
  const doubling = createMemoryCluster({ mischief: { double: 1 } });
  const doubled = await nonces(doubling, "a");
  await doubling.bus.send(probe(1), "all");
  await expect.poll(() => doubled.seen).toEqual([1, 1]);
  expect(lost.seen).toEqual([]);

  const draws = [0.1, 0.5, 0.9];
  const { clock, turn } = createClock(() => draws.shift() ?? 0.9);
  // The bus draws once for its streams' name, then for the first message (delayed, by how much) and the second (not).
  const late = createMemoryCluster({ clock: { ...clock }, mischief: { delay: 0.6, delayMs: 100 } });
  const delayed = await nonces(late, "a");
  const sending = [late.bus.send(probe(1), "all"), late.bus.send(probe(2), "all")];
  await expect.poll(() => delayed.seen).toEqual([2]);
  turn(100);
  await Promise.all(sending);
  await expect.poll(() => delayed.seen).toEqual([2, 1]);
});

it("takes no more shop events than its bound, and keeps the newest dead ones", async () => {
  const cluster = createMemoryCluster({ maxEventsQueued: 3, maxDead: 2 });
  const publish = (body: string) => cluster.sink.publish({ routingKey: "order.1", body });
  for (const body of ["1", "2", "3"]) await publish(body);
  await expect(publish("4")).rejects.toThrow("takes no more");
  const consumption = await cluster.feed.consume({
    node: "a",
    roster: () => ["a"],
    handle: async () => ({ kind: "dead", reason: "test" }),
  });
  await expect.poll(cluster.waiting).toBe(0);
  expect(cluster.dead().map(({ event }) => new TextDecoder().decode(event.body))).toEqual(["2", "3"]);
  await publish("4");
  await consumption.stop();
});

it("spreads the partitions over the nodes of the roster, and moves only those of a node that leaves", () => {
  const handle = async () => ({ kind: "done" as const });
  const consumers = (nodes: readonly string[]) => nodes.map((node) => ({ node, roster: () => nodes, handle }));
  const owners = (nodes: readonly string[]) =>
    Array.from({ length: 64 }, (_, partition) => ownerOf(partition, consumers(nodes))?.node);
  const three = owners(["a", "b", "c"]);
  for (const node of ["a", "b", "c"]) expect(three.filter((owner) => owner === node).length).toBeGreaterThan(10);
  const two = owners(["a", "c"]);
  expect(three.every((owner, partition) => owner === "b" || owner === two[partition])).toBe(true);
  expect(owners([])).toEqual(Array.from({ length: 64 }));
});
