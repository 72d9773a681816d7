import { describe, expect, it } from "vitest";
import { Client, createWorld } from "./fixture.ts";
import { createManualClock } from "./manual-clock.ts";

const MIB = 1_048_576;

describe("a slow reader", () => {
  it("that is far behind is cut with 3008, and its neighbour notices nothing", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const [asleep, awake] = [await world.client(hub).connected("ada"), await world.client(hub).connected("ada")];
    for (const client of [asleep, awake]) await client.call("subscribe", { channel: "orders:user#ada" });
    await asleep.fallsBehind(MIB + 1);
    await world.publish(hub, "orders:user#ada", 1);
    await expect.poll(() => asleep.closedWith).toEqual({ code: 3008, reason: "slow" });
    await expect.poll(() => awake.offsets("orders:user#ada")).toEqual([1]);
    expect(asleep.offsets("orders:user#ada")).toEqual([]);
    expect(world.counts.get("closed:slow")).toBe(1);
  });

  it("that stays a little behind for too long is cut too", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel: "orders:user#ada" });
    await client.fallsBehind(MIB / 2);
    await world.publish(hub, "orders:user#ada", 1);
    await clock.advance(5_000);
    await world.publish(hub, "orders:user#ada", 2);
    await clock.advance(50);
    expect(client.closedWith).toBeUndefined();
    await clock.advance(6_000);
    await world.publish(hub, "orders:user#ada", 3);
    await clock.advance(50);
    expect(client.closedWith?.code).toBe(3008);
  });

  it("is spared promotions first, keeps its orders, and recovers the promotions when it has caught up", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    for (const channel of ["orders:user#ada", "promo:all"]) await client.call("subscribe", { channel });
    await client.fallsBehind(MIB / 2);
    await world.publish(hub, "promo:all", "skipped");
    await world.publish(hub, "orders:user#ada", "kept");
    await clock.advance(50);
    expect(client.pubs("orders:user#ada")).toHaveLength(1);
    expect(client.pubs("promo:all")).toHaveLength(0);
    expect(world.counts.get("skipped")).toBe(1);
    client.backlog = 0;
    await world.publish(hub, "promo:all", "later");
    await clock.advance(1_000);
    expect(client.unsubscribedFrom("promo:all")).toBe(2500);
    const reply = await client.call("subscribe", { channel: "promo:all", recover: true, epoch: "", offset: 0 });
    expect(reply.subscribe).toMatchObject({ recovered: true, publications: [{ data: "skipped" }, { data: "later" }] });
  });
});

describe("the heartbeat", () => {
  it("pings within an interval, and keeps who answers", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = await world.client(world.node("node-0")).connected("ada");
    const pings = () => client.messages.filter((message) => Object.keys(message).length === 0).length;
    for (let round = 1; round <= 4; round += 1) {
      await clock.advance(25_000);
      expect(pings()).toBe(round);
      client.raw("{}");
    }
    expect(client.closedWith).toBeUndefined();
  });

  it("ends who does not answer within the pong timeout with 3012", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = await world.client(world.node("node-0")).connected("ada");
    await clock.advance(25_000);
    expect(client.messages.at(-1)).toEqual({});
    await clock.advance(9_000);
    expect(client.closedWith).toEqual({ code: 3012, reason: "no pong" });
  });

  it("leaves pings to a transport that has its own, and waits for its pongs alike", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = new Client(world.node("node-0"), undefined, { pingsByWire: true });
    const { connect } = await client.call("connect", { token: "ada" });
    expect(connect).not.toHaveProperty("ping");
    await clock.advance(25_000);
    client.connection.ponged();
    await clock.advance(25_000);
    expect([client.wirePings, client.messages.length, client.closedWith]).toEqual([2, 1, undefined]);
    await clock.advance(9_000);
    expect(client.closedWith).toEqual({ code: 3012, reason: "no pong" });
  });

  it("cuts nobody for silence when it was itself that stood still", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = await world.client(world.node("node-0")).connected("ada");
    await clock.advance(24_000);
    expect(client.messages.at(-1)).toEqual({});
    clock.jump(30_000);
    await clock.advance(1_000);
    client.raw("{}");
    await clock.advance(20_000);
    expect(client.closedWith).toBeUndefined();
  });

  it("takes a late answer to each of two pings, when it was itself that stood still between them", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = await world.client(world.node("node-0")).connected("ada");
    await clock.advance(26_000);
    clock.jump(10_000);
    await clock.advance(18_000);
    expect(client.messages.filter((message) => Object.keys(message).length === 0)).toHaveLength(2);
    client.raw("{}");
    client.raw("{}");
    await clock.advance(20_000);
    expect(client.closedWith).toBeUndefined();
    client.raw("{}");
    expect(client.closedWith?.code).toBe(3501);
  });

  it("does not care for steps of the wall clock", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const hub = world.node("node-0");
    const stranger = world.client(hub);
    const client = await world.client(hub).connected("ada");
    clock.step(3_600_000);
    await clock.advance(5_000);
    expect([stranger.closedWith, client.closedWith]).toEqual([undefined, undefined]);
    clock.step(-7_200_000);
    await clock.advance(29_000);
    expect([stranger.closedWith?.code, client.closedWith?.code]).toEqual([3502, 3012]);
  });

  it("lets a stranger whose words it has not read yet say who it is, when it stood still", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = world.client(world.node("node-0"));
    clock.jump(20_000);
    await clock.advance(10);
    expect(client.closedWith).toBeUndefined();
    await client.connected("ada");
  });

  it("ends who never says who it is with 3502", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = world.client(world.node("node-0"));
    await clock.advance(9_000);
    expect(client.closedWith).toBeUndefined();
    await clock.advance(3_000);
    expect(client.closedWith).toEqual({ code: 3502, reason: "stale" });
  });
});

describe("leaving", () => {
  it("sends clients elsewhere in slices, and lets a deaf one hold up nobody", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const clients = await Promise.all(Array.from({ length: 25 }, () => world.client(hub).connected("ada")));
    const begun = performance.now();
    await hub.drain({ batch: 10, pauseMs: 30, until: AbortSignal.timeout(2_000) });
    expect(performance.now() - begun).toBeGreaterThan(60);
    expect(clients.map(({ closedWith }) => closedWith?.code)).toEqual(clients.map(() => 3001));
    expect(hub.size).toEqual({ clients: 0, users: 0, subscriptions: 0, channels: 0 });
  });

  it("a user is disconnected on every node, but for the client that is kept", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const kept = await world.client(here).connected("ada");
    const far = await world.client(there).connected("ada");
    const other = await world.client(there).connected("bob");
    const close = { code: 3503, reason: "force disconnect" };
    await here.order({ kind: "disconnect", user: "ada", keep: ["client-1"], ...close });
    await expect.poll(() => far.closedWith?.code).toBe(3503);
    expect([kept.closedWith, other.closedWith]).toEqual([undefined, undefined]);
    expect(await world.cluster.sessions.ofUser("ada")).toMatchObject([{ client: "client-1", node: "node-0" }]);
  });
});
