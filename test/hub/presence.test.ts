import { ChannelName } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";
import { type Client, createWorld, type World } from "./fixture.ts";

const room = ChannelName.parse("room:1");
const hall = ChannelName.parse("hall:1");

const clientsIn = async (world: World, channel = room) =>
  (await world.cluster.presence.present(channel, 100)).map(({ client }) => client).sort();
const whoCame = (client: Client, channel: string = room) =>
  client.pushes(channel).flatMap(([kind, value]) => {
    if (kind !== "join" && kind !== "leave") return [];
    return [`${kind} ${(value as { info: { user: string } }).info.user}`];
  });

describe("presence", () => {
  it("shows a subscriber who is in the channel on all nodes, with its connection, and its statistics", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(here).connected("ada");
    const bob = await world.client(there).connected("bob");
    const again = await world.client(there).connected("bob");
    for (const client of [ada, bob, again]) await client.call("subscribe", { channel: room });
    await expect.poll(() => clientsIn(world)).toEqual(["client-1", "client-2", "client-3"]);
    expect((await ada.call("presence", { channel: room })).presence).toEqual({
      presence: {
        "client-1": { user: "ada", client: "client-1" },
        "client-2": { user: "bob", client: "client-2" },
        "client-3": { user: "bob", client: "client-3" },
      },
    });
    expect((await ada.call("presence_stats", { channel: room })).presence_stats).toEqual({
      num_clients: 3,
      num_users: 2,
    });
  });

  it("of a namespace for the server alone is not shown to subscribers", async () => {
    using world = createWorld();
    const ada = await world.client(world.node("node-0")).connected("ada");
    await ada.call("subscribe", { channel: hall });
    expect((await ada.call("presence", { channel: hall })).error?.code).toBe(103);
    await expect.poll(() => clientsIn(world, hall)).toEqual(["client-1"]);
  });

  it("ends with the subscription, and with the connection", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const [ada, bob] = [await world.client(hub).connected("ada"), await world.client(hub).connected("bob")];
    for (const client of [ada, bob]) await client.call("subscribe", { channel: room });
    await expect.poll(() => clientsIn(world)).toHaveLength(2);
    await ada.call("unsubscribe", { channel: room });
    await expect.poll(() => clientsIn(world)).toEqual(["client-2"]);
    bob.connection.closed();
    await expect.poll(() => clientsIn(world)).toEqual([]);
  });

  it("is true again after writes were lost, and after the store came back empty", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const [ada, bob] = [await world.client(hub).connected("ada"), await world.client(hub).connected("bob")];
    await ada.call("subscribe", { channel: room });
    await expect.poll(() => clientsIn(world)).toEqual(["client-1"]);
    await bob.call("subscribe", { channel: room });
    world.cluster.fail(1);
    await ada.call("unsubscribe", { channel: room });
    await expect.poll(() => world.counts.get("failed:presence")).toBeGreaterThan(0);
    await expect.poll(() => clientsIn(world), { timeout: 5_000 }).toEqual(["client-2"]);
    world.cluster.wipe();
    expect(await clientsIn(world)).toEqual([]);
    await hub.reconcile();
    expect(await clientsIn(world)).toEqual(["client-2"]);
  });

  it("of more clients than a reply may hold is refused, and the statistics still tell", async () => {
    using world = createWorld({ limits: { presence: 2 } });
    const hub = world.node("node-0");
    const clients = await Promise.all([1, 2, 3].map((user) => world.client(hub).connected(`u${user}`)));
    for (const client of clients) await client.call("subscribe", { channel: room });
    await expect.poll(() => clientsIn(world)).toHaveLength(3);
    expect((await clients[0]?.call("presence", { channel: room }))?.error?.code).toBe(106);
    expect((await clients[0]?.call("presence_stats", { channel: room }))?.presence_stats).toMatchObject({
      num_clients: 3,
    });
  });

  it("costs nothing where the namespace has none", async () => {
    using world = createWorld();
    const ada = await world.client(world.node("node-0")).connected("ada");
    await ada.call("subscribe", { channel: "promo:all" });
    await ada.call("history", { channel: "promo:all" });
    expect(await clientsIn(world, ChannelName.parse("promo:all"))).toEqual([]);
  });
});

describe("who comes and goes", () => {
  it("is told, on all nodes, to those who asked, after their own reply", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(here).connected("ada");
    const deaf = await world.client(here).connected("deaf");
    await ada.call("subscribe", { channel: room, join_leave: true });
    await deaf.call("subscribe", { channel: room });
    const bob = await world.client(there).connected("bob");
    await bob.call("subscribe", { channel: room });
    await bob.call("unsubscribe", { channel: room });
    await expect.poll(() => whoCame(ada)).toEqual(["join ada", "join deaf", "join bob", "leave bob"]);
    expect(ada.messages.findIndex(({ push }) => push !== undefined)).toBeGreaterThan(1);
    expect([whoCame(deaf), whoCame(bob)]).toEqual([[], []]);
  });

  it("is told to all where the namespace forces it, and to nobody who asks where it is off", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const ada = await world.client(hub).connected("ada");
    await ada.call("subscribe", { channel: hall });
    await ada.call("subscribe", { channel: "promo:all", join_leave: true });
    const bob = await world.client(hub).connected("bob");
    await bob.call("subscribe", { channel: hall });
    await bob.call("subscribe", { channel: "promo:all" });
    bob.connection.closed();
    await expect.poll(() => whoCame(ada, hall)).toEqual(["join ada", "join bob", "leave bob"]);
    expect(whoCame(ada, "promo:all")).toEqual([]);
  });

  it("comes in order however quickly somebody comes and goes", async () => {
    using world = createWorld({ storeDelayMs: 10 });
    const hub = world.node("node-0");
    const ada = await world.client(hub).connected("ada");
    await ada.call("subscribe", { channel: hall });
    await expect.poll(() => whoCame(ada, hall)).toEqual(["join ada"]); // the order is each client's own
    const bob = await world.client(hub).connected("bob");
    bob.raw(
      ...[2, 3, 4, 5].map((id) =>
        JSON.stringify({ id, [id % 2 === 0 ? "subscribe" : "unsubscribe"]: { channel: hall } }),
      ),
    );
    await expect.poll(() => whoCame(ada, hall)).toEqual(["join ada", "join bob", "leave bob", "join bob", "leave bob"]);
    await expect.poll(() => clientsIn(world, hall)).toEqual(["client-1"]);
  });
});
