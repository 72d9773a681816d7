import { describe, expect, it } from "vitest";
import { type Client, createWorld, type World } from "./fixture.ts";

const channel = "promo:all";
const oneTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function subscriber(world: World, hub: ReturnType<World["node"]>, request: object = {}): Promise<Client> {
  const client = await world.client(hub).connected("ada");
  await client.call("subscribe", { channel, ...request });
  return client;
}

interface Subscribed {
  readonly epoch: string;
  readonly offset: number;
  readonly recovered?: boolean;
  readonly was_recovering?: boolean;
  readonly publications?: ReadonlyArray<{ readonly offset: number }>;
}
const result = (reply: object) => (reply as { readonly subscribe: Subscribed }).subscribe;

describe("a subscriber", () => {
  it("is told its position, and then gets every publication once, in order, from whichever node", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    await world.publish(here, channel, "before");
    const client = await world.client(there).connected("ada");
    const reply = result(await client.call("subscribe", { channel }));
    expect(reply).toMatchObject({ recoverable: true, positioned: true, offset: 1 });
    expect(reply).not.toHaveProperty("publications");
    for (const data of oneTo(20)) await world.publish(data % 2 ? here : there, channel, data);
    await expect.poll(() => client.offsets(channel)).toEqual(oneTo(21, 2));
  });

  it("that comes back gets what it missed, with the offset that it asked from", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    const { epoch } = result(await client.call("subscribe", { channel }));
    for (const data of oneTo(5)) await world.publish(hub, channel, data);
    const back = await world.client(world.node("node-1")).connected("ada");
    const reply = result(await back.call("subscribe", { channel, recover: true, epoch, offset: 2 }));
    expect(reply).toMatchObject({ recovered: true, was_recovering: true, offset: 2 });
    expect(reply.publications?.map(({ offset }) => offset)).toEqual([3, 4, 5]);
  });

  it("that missed nothing recovers with nothing, even where this node already follows the channel", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const first = await subscriber(world, hub);
    await world.publish(hub, channel, 1);
    await expect.poll(() => first.offsets(channel)).toEqual([1]);
    const { epoch } = result(await first.reply(2));
    const back = await world.client(hub).connected("ada");
    const reply = result(await back.call("subscribe", { channel, recover: true, epoch, offset: 1 }));
    expect(reply).toEqual({
      recoverable: true,
      positioned: true,
      epoch,
      offset: 1,
      recovered: true,
      was_recovering: true,
    });
  });

  it.each([
    ["that missed more than the history keeps", "short:a", { offset: 1 }],
    ["from another life of the stream", "promo:all", { offset: 1, epoch: "another" }],
    ["that is ahead of the stream", "promo:all", { offset: 99 }],
  ])("%s is told to reload, and gets no part of it", async (_name, name, position) => {
    using world = createWorld();
    const hub = world.node("node-0");
    const first = await world.client(hub).connected("ada");
    const { epoch } = result(await first.call("subscribe", { channel: name }));
    for (const data of oneTo(6)) await world.publish(hub, name, data);
    const back = await world.client(hub).connected("ada");
    const reply = result(await back.call("subscribe", { channel: name, recover: true, epoch, ...position }));
    expect(reply).toEqual({ recoverable: true, positioned: true, epoch, offset: 6, was_recovering: true });
    const strict = await world.client(hub).connected("ada");
    const refused = await strict.call("subscribe", { channel: name, recover: true, flag: 2, epoch, ...position });
    expect(refused.error?.code).toBe(112);
  });

  it("that missed more than one recovery may carry is told to reload", async () => {
    using world = createWorld({ limits: { recovery: 4 } });
    const hub = world.node("node-0");
    for (const data of oneTo(6)) await world.publish(hub, channel, data);
    const back = await world.client(hub).connected("ada");
    expect(result(await back.call("subscribe", { channel, recover: true, epoch: "", offset: 1 }))).not.toHaveProperty(
      "recovered",
    );
    const near = await world.client(hub).connected("ada");
    expect(result(await near.call("subscribe", { channel, recover: true, epoch: "", offset: 2 })).recovered).toBe(true);
  });

  it("that missed more bytes than may wait for one connection is told to reload, instead of being cut each time", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    for (const data of oneTo(40)) await world.publish(hub, channel, `${data}${"x".repeat(30_000)}`);
    const back = await world.client(hub).connected("ada");
    const reply = result(await back.call("subscribe", { channel, recover: true, epoch: "", offset: 0 }));
    expect(reply).toMatchObject({ was_recovering: true, offset: 40 });
    expect(reply).not.toHaveProperty("recovered");
    const near = await world.client(hub).connected("ada");
    expect(result(await near.call("subscribe", { channel, recover: true, epoch: "", offset: 25 })).recovered).toBe(
      true,
    );
    await world.publish(hub, channel, "next");
    await expect.poll(() => [back, near].map((client) => client.offsets(channel))).toEqual([[41], [41]]);
    expect(world.counts.get("closed:slow")).toBeUndefined();
  });

  it("of a channel without history gets publications without offsets", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    expect(await client.call("subscribe", { channel: "bare:x" })).toEqual({ id: 2, subscribe: {} });
    await world.publish(hub, "bare:x", "gone");
    await expect.poll(() => client.pubs("bare:x")).toEqual([{ data: "gone" }]);
  });

  it("gets nothing after it has unsubscribed or gone", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const [quits, goes, stays] = await Promise.all([1, 2, 3].map(() => subscriber(world, hub)));
    await quits?.call("unsubscribe", { channel });
    expect(await quits?.call("unsubscribe", { channel })).toHaveProperty("unsubscribe");
    goes?.connection.closed();
    await world.publish(hub, channel, 1);
    await expect.poll(() => stays?.offsets(channel)).toEqual([1]);
    expect([quits?.offsets(channel), goes?.offsets(channel)]).toEqual([[], []]);
    expect(hub.size).toMatchObject({ clients: 2, subscriptions: 1 });
  });
});

describe("when the bus fails the node", () => {
  it("doubles and disorder do not reach the subscriber", async () => {
    using world = createWorld({ memory: { mischief: { double: 0.5, delay: 0.5, delayMs: 8 } } });
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    await Promise.all(oneTo(60).map((data) => world.publish(hub, channel, data)));
    await expect.poll(() => client.offsets(channel)).toEqual(oneTo(60));
    expect(world.counts.get("duplicate")).toBeGreaterThan(0);
  });

  it("a lost publication is read from the stream once the next one shows the hole", async () => {
    using world = createWorld({ memory: { mischief: { lose: 0.4 } } });
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    for (const data of oneTo(40)) await world.publish(hub, channel, data);
    await hub.checkPositions();
    await expect.poll(() => client.offsets(channel)).toEqual(oneTo(40));
    expect(world.counts.get("repaired")).toBeGreaterThan(0);
    expect(client.unsubscribedFrom(channel)).toBeUndefined();
  });

  it("a lost last publication is found by comparing positions, without any later one", async () => {
    using world = createWorld({ limits: { positionCheckMs: 1_000 }, memory: { mischief: { lose: 1 } } });
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    await world.publish(hub, channel, "the last");
    await expect.poll(() => client.offsets(channel), { timeout: 4_000 }).toEqual([1]);
  });

  it("a hole that not even the stream can fill makes everybody subscribe again", async () => {
    using world = createWorld({ memory: { mischief: { lose: 1 } } });
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel: "short:a" });
    for (const data of oneTo(5)) await world.publish(hub, "short:a", data);
    await hub.checkPositions();
    await expect.poll(() => client.unsubscribedFrom("short:a")).toBe(2500);
    const reply = result(await client.call("subscribe", { channel: "short:a", recover: true, epoch: "", offset: 0 }));
    expect(reply).toMatchObject({ was_recovering: true, offset: 5 });
    expect(reply).not.toHaveProperty("recovered");
  });
});

describe("when the store fails the node", () => {
  it("that comes back empty gives a new epoch: subscribers are told, and served on", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    const { epoch } = result(await client.reply(2));
    await world.publish(hub, channel, 1);
    await expect.poll(() => client.offsets(channel)).toEqual([1]);
    world.cluster.wipe();
    await hub.checkPositions();
    await expect.poll(() => client.unsubscribedFrom(channel)).toBe(2500);
    const reply = result(await client.call("subscribe", { channel, recover: true, epoch, offset: 1 }));
    expect(reply.epoch).not.toBe(epoch);
    expect(reply).not.toHaveProperty("recovered");
    await world.publish(hub, channel, "anew");
    await expect.poll(() => client.pubs(channel).at(-1)?.data).toBe("anew");
  });

  it("that comes back empty while nobody listens gives the next one a new epoch, and serves it on", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const first = await subscriber(world, hub);
    const { epoch } = result(await first.reply(2));
    await world.publish(hub, channel, 1);
    await expect.poll(() => first.offsets(channel)).toEqual([1]);
    // The node keeps following the channel for a while.
    await first.call("unsubscribe", { channel });
    world.cluster.wipe();
    const next = await world.client(hub).connected("bob");
    const reply = result(await next.call("subscribe", { channel, recover: true, epoch, offset: 0 }));
    expect(reply.epoch).not.toBe(epoch);
    await world.publish(hub, channel, "anew");
    await hub.checkPositions();
    await expect.poll(() => next.pubs(channel).at(-1)?.data).toBe("anew");
    expect(next.unsubscribedFrom(channel)).toBeUndefined();
  });

  it("that is away for a while loses nothing that was lost on the bus meanwhile", async () => {
    using world = createWorld({ memory: { mischief: { lose: 1 } } });
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    for (const data of oneTo(3)) await world.publish(hub, channel, data);
    await hub.checkPositions();
    world.cluster.fail(2);
    await expect.poll(() => client.offsets(channel), { timeout: 4_000 }).toEqual([1, 2, 3]);
    expect(world.counts.get("failed:streams")).toBeGreaterThan(0);
  });

  it("and forgot who holds what is told again by reconciling", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    world.cluster.wipe();
    await hub.reconcile();
    expect(await world.cluster.sessions.channelsOf("client-1")).toEqual([channel]);
    await world.publish(hub, channel, "anew");
    await expect.poll(() => client.unsubscribedFrom(channel) ?? client.pubs(channel).length).toBeTruthy();
  });
});

describe("an event", () => {
  it("that comes twice has its effect once", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    for (const id of ["a", "b", "a", "b", "c"]) await world.publish(hub, channel, id, { eventId: id });
    await expect.poll(() => client.pubs(channel).map(({ data }) => data)).toEqual(["a", "b", "c"]);
    expect(world.counts.get("duplicate")).toBeGreaterThanOrEqual(2);
  });

  it("of an older version than the last is dropped and counted", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await subscriber(world, hub);
    for (const number of [1, 3, 2, 3, 4])
      await world.publish(hub, channel, number, { version: { subject: "order-1", number } });
    await world.publish(hub, channel, "other", { version: { subject: "order-2", number: 1 } });
    await expect.poll(() => client.pubs(channel).map(({ data }) => data)).toEqual([1, 3, 4, "other"]);
    expect(world.counts.get("stale")).toBe(2);
  });
});
