import { ChannelName, type SubscriptionGrant } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";
import { type Client, createWorld } from "./fixture.ts";

const closed = ChannelName.parse("closed:vip");
const orders = ChannelName.parse("orders:user#ada");
const promo = ChannelName.parse("promo:all");

const named =
  (...grants: ReadonlyArray<readonly [ChannelName, SubscriptionGrant]>) =>
  (user: string) =>
    new Map(user === "ada" ? grants : []);
const subsOf = (reply: { readonly [method: string]: unknown }) =>
  (reply.connect as { readonly subs?: Readonly<Record<string, object>> }).subs;
const connect = (client: Client, user: string, subs: object = {}) => client.call("connect", { token: user, subs });

describe("subscriptions that the server makes when a client connects", () => {
  it("are those that its token names, even where nobody may subscribe, with their data", async () => {
    using world = createWorld({ subscriptions: named([closed, { data: '{"table":7}' }], [promo, {}]) });
    const hub = world.node("node-0");
    const ada = world.client(hub);
    const reply = await connect(ada, "ada");
    expect(subsOf(reply)).toMatchObject({
      [closed]: { recoverable: true, positioned: true, data: { table: 7 } },
      [promo]: { recoverable: true, positioned: true },
    });
    expect(subsOf(await connect(world.client(hub), "bob"))).toBeUndefined();
    await world.publish(hub, closed, "for you");
    await expect.poll(() => ada.pubs(closed)).toEqual([{ data: "for you", offset: 1 }]);
    expect(await world.cluster.sessions.channelsOf("client-1")).toEqual([closed, promo]);
  });

  it("give back what was missed, whole, or say that it is gone", async () => {
    using world = createWorld({ subscriptions: named([closed, {}], [ChannelName.parse("short:a"), {}]) });
    const hub = world.node("node-0");
    const first = world.client(hub);
    const subs = subsOf(await connect(first, "ada")) as Record<string, { epoch: string }>;
    first.connection.closed();
    for (const channel of [closed, "short:a"])
      for (const data of [1, 2, 3, 4, 5]) await world.publish(hub, channel, data);
    const from = (channel: string, offset: number) => ({ recover: true, offset, epoch: subs[channel]?.epoch });
    const again = await connect(world.client(hub), "ada", { [closed]: from(closed, 2), "short:a": from("short:a", 1) });
    expect(subsOf(again)).toMatchObject({
      [closed]: {
        ...{ recovered: true, was_recovering: true, offset: 2 },
        publications: [{ offset: 3 }, { offset: 4 }, { offset: 5 }],
      },
      "short:a": { was_recovering: true, offset: 5 },
    });
    expect(subsOf(again)?.["short:a"]).not.toHaveProperty("recovered");
  });

  it("give back together no more than may wait for one connection, and say of the rest that it is gone", async () => {
    using world = createWorld({ subscriptions: named([closed, {}], [promo, {}]) });
    const hub = world.node("node-0");
    for (const channel of [closed, promo])
      for (let count = 0; count < 12; count += 1) await world.publish(hub, channel, "x".repeat(30_000));
    const all = { recover: true, offset: 0, epoch: "" };
    const ada = world.client(hub);
    const subs = subsOf(await connect(ada, "ada", { [closed]: all, [promo]: all }));
    expect(subs?.[closed]).toMatchObject({ recovered: true });
    expect(subs?.[promo]).toMatchObject({ was_recovering: true, offset: 12 });
    expect(subs?.[promo]).not.toHaveProperty("recovered");
    expect(ada.closedWith).toBeUndefined();
  });

  it("lose nothing of what is published while the client connects", async () => {
    using world = createWorld({ subscriptions: named([closed, {}]), storeDelayMs: 15 });
    const hub = world.node("node-0");
    for (let round = 0; round < 10; round += 1) {
      const ada = world.client(hub);
      const publishing = Promise.all([1, 2, 3].map((data) => world.publish(hub, closed, data)));
      const [reply] = await Promise.all([connect(ada, "ada"), publishing]);
      const { offset = 0 } = (subsOf(reply)?.[closed] ?? {}) as { readonly offset?: number };
      const last = await world.publish(hub, closed, "last");
      await expect.poll(() => ada.offsets(closed).at(-1)).toBe(last);
      expect(ada.offsets(closed)).toEqual(Array.from({ length: last - offset }, (_, index) => offset + index + 1));
      expect(ada.messages[0]).toHaveProperty("connect");
      ada.connection.closed();
    }
  });

  it("lose nothing of a channel that the node follows already, while another one is being read", async () => {
    let round = 0;
    using world = createWorld({
      subscriptions: () => new Map([promo, ChannelName.parse(`closed:${round}`)].map((channel) => [channel, {}])),
      storeDelayMs: 30,
    });
    const hub = world.node("node-0");
    await connect(world.client(hub), "bob");
    for (round = 1; round <= 10; round += 1) {
      const ada = world.client(hub);
      const connecting = connect(ada, "ada");
      for (const data of [1, 2, 3]) await world.publish(hub, promo, data);
      const { offset = 0 } = (subsOf(await connecting)?.[promo] ?? {}) as { readonly offset?: number };
      const last = await world.publish(hub, promo, "last");
      await expect.poll(() => ada.offsets(promo).at(-1)).toBe(last);
      expect(ada.offsets(promo)).toEqual(Array.from({ length: last - offset }, (_, index) => offset + index + 1));
      expect(ada.closedWith).toBeUndefined();
      ada.connection.closed();
    }
  });

  it("are the personal channels of the user, and none of an anonymous one, or one whose name means several", async () => {
    using world = createWorld({ personal: true });
    const hub = world.node("node-0");
    const personal = async (user: string) => Object.keys(subsOf(await connect(world.client(hub), user)) ?? {});
    expect(await personal("ada")).toEqual(["me:#ada"]);
    expect(await personal("")).toEqual([]);
    expect(await personal("ada,bob")).toEqual([]);
    expect(await personal("with space")).toEqual([]);
  });

  it("refuse the connect where the namespace is unknown, where there are too many, and while the store is away", async () => {
    const unknown = ChannelName.parse("nowhere:a");
    using world = createWorld({ subscriptions: named([closed, {}], [unknown, {}]) });
    expect((await connect(world.client(world.node("node-0")), "ada")).error?.code).toBe(102);
    using few = createWorld({ subscriptions: named([closed, {}], [promo, {}]), limits: { channelsPerClient: 1 } });
    const crowded = few.client(few.node("node-0"));
    crowded.raw('{"id":1,"connect":{"token":"ada"}}');
    await expect.poll(() => crowded.closedWith?.code).toBe(3505);
    using away = createWorld({ subscriptions: named([closed, {}]) });
    const hub = away.node("node-0");
    away.cluster.fail(Number.POSITIVE_INFINITY);
    expect((await connect(away.client(hub), "ada")).error).toMatchObject({ code: 100, temporary: true });
    away.cluster.fail(0);
    const back = away.client(hub);
    await connect(back, "ada");
    await away.publish(hub, closed, 1);
    await expect.poll(() => back.offsets(closed)).toEqual([1]);
  });

  it("end the connection with 3010 where their position is lost", async () => {
    using world = createWorld({ subscriptions: named([closed, {}]) });
    const hub = world.node("node-0");
    const ada = world.client(hub);
    await connect(ada, "ada");
    await world.publish(hub, closed, 1);
    await expect.poll(() => ada.offsets(closed)).toEqual([1]);
    world.cluster.wipe();
    await hub.checkPositions();
    await expect.poll(() => ada.closedWith).toEqual({ code: 3010, reason: "insufficient state" });
  });

  it("on a unidirectional transport are also those that the client asks for and may have", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = world.client(hub, { transport: "uni_sse", headers: {} });
    const asked = { [orders]: {}, "orders:user#bob": {}, [closed]: {}, [promo]: {}, "nowhere:a": {} };
    client.connection.connect({ token: "ada", subs: asked });
    await expect.poll(() => client.messages[0]?.push).toBeDefined();
    expect(Object.keys(subsOf({ ...client.messages[0]?.push }) ?? {})).toEqual([orders, promo]);
    const bidirectional = world.client(hub);
    expect(subsOf(await connect(bidirectional, "ada", asked))).toBeUndefined();
  });
});

describe("an order", () => {
  it("subscribes a user's clients on all nodes, once however often it comes, and tells them", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(there).connected("ada");
    const bob = await world.client(there).connected("bob");
    await world.publish(here, closed, 1);
    const order = { kind: "subscribe", user: "ada", channel: closed, grant: { data: '"hello"' } } as const;
    for (const _ of [1, 2]) await here.order(order);
    await expect.poll(() => ada.pushes(closed)).toHaveLength(1);
    await world.publish(here, closed, 2);
    await expect
      .poll(() => ada.pushes(closed))
      .toEqual([
        ["subscribe", { recoverable: true, positioned: true, epoch: expect.any(String), offset: 1, data: "hello" }],
        ["pub", { data: 2, offset: 2 }],
      ]);
    expect(bob.pushes(closed)).toEqual([]);
    expect(await world.cluster.sessions.channelsOf("client-1")).toEqual([closed]);
  });

  it("subscribes with what came before, if it is still there", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const ada = await world.client(hub).connected("ada");
    for (const data of [1, 2, 3]) await world.publish(hub, closed, data);
    const { top } = await world.cluster.streams.read(closed, { limit: 0 });
    const since = { epoch: top.epoch, offset: 1 };
    await hub.order({ kind: "subscribe", client: "client-1", channel: closed, grant: {}, since });
    await expect
      .poll(() => ada.pushes(closed))
      .toMatchObject([
        ["subscribe", { offset: 1 }],
        ["pub", { offset: 2 }],
        ["pub", { offset: 3 }],
      ]);
  });

  it("unsubscribes with a push that says why, and only who is there", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(there).connected("ada");
    await ada.call("subscribe", { channel: promo });
    const order = {
      kind: "unsubscribe",
      user: "ada",
      channel: promo,
      code: 2000,
      reason: "server unsubscribe",
    } as const;
    for (const _ of [1, 2]) await here.order(order);
    await expect.poll(() => ada.pushes(promo)).toEqual([["unsubscribe", { code: 2000, reason: "server unsubscribe" }]]);
    await world.publish(here, promo, 1);
    await ada.call("ping");
    expect(ada.offsets(promo)).toEqual([]);
    expect(await ada.call("subscribe", { channel: promo })).toHaveProperty("subscribe");
  });

  it("that unsubscribes while the client's subscribe is under way leaves nothing of it", async () => {
    using world = createWorld({ storeDelayMs: 20 });
    const hub = world.node("node-0");
    const ada = await world.client(hub).connected("ada");
    const answer = ada.call("subscribe", { channel: "room:1" });
    const channel = ChannelName.parse("room:1");
    await hub.order({ kind: "unsubscribe", user: "ada", channel, code: 2000, reason: "server unsubscribe" });
    expect((await answer).error).toMatchObject({ code: 100, temporary: true });
    await world.publish(hub, channel, 1);
    await ada.call("ping");
    expect(ada.offsets(channel)).toEqual([]);
    await expect.poll(() => world.cluster.presence.present(channel, 10)).toEqual([]);
    expect((await hub.survey("*")).kind === "complete" && hub.size.subscriptions).toBe(0);
  });

  it("refreshes a connection, or ends it as expired", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const ada = await world.client(hub).connected("ada");
    await ada.call("subscribe", { channel: "room:1" });
    await hub.order({ kind: "refresh", user: "ada", expired: false, expiresAt: Date.now() + 60_000, info: '"new"' });
    await expect.poll(() => ada.messages.at(-1)?.push).toEqual({ refresh: { expires: true, ttl: 60 } });
    await ada.call("publish", { channel: "room:1", data: 1 });
    await expect.poll(() => ada.pubs("room:1")).toMatchObject([{ info: { user: "ada", conn_info: "new" } }]);
    await hub.order({ kind: "refresh", client: "client-1", expired: true });
    await expect.poll(() => ada.closedWith?.code).toBe(3005);
  });

  it("brings a message to one client, found by its secret too, and to nobody where nobody is named", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const emulated = await world.client(hub, { transport: "sse", headers: {}, secret: "s3cret" }).connected("ada");
    const ada = await world.client(hub).connected("ada");
    await hub.order({ kind: "message", session: "s3cret", data: '"to one"' });
    await hub.order({ kind: "message", user: "bob", session: "s3cret", data: '"to none"' });
    await hub.order({ kind: "message", data: '"to none"' });
    await hub.order({ kind: "message", user: "ada", data: '"to both"' });
    const messages = (client: Client) => client.messages.flatMap(({ push }) => push?.message ?? []);
    await expect.poll(() => messages(emulated)).toEqual([{ data: "to one" }, { data: "to both" }]);
    await expect.poll(() => messages(ada)).toEqual([{ data: "to both" }]);
  });
});

describe("a survey", () => {
  it("finds the channels of all nodes that fit, with how many are subscribed", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(here).connected("ada");
    const bob = await world.client(there).connected("bob");
    for (const client of [ada, bob]) await client.call("subscribe", { channel: promo });
    await bob.call("subscribe", { channel: "room:9" });
    const found = async (pattern: string) => {
      const surveyed = await here.survey(pattern);
      return surveyed.kind === "complete" ? Object.fromEntries(surveyed.channels) : surveyed.kind;
    };
    expect(await found("*")).toEqual({ [promo]: 2, "room:9": 1 });
    expect(await found("room:*")).toEqual({ "room:9": 1 });
    expect(await found("nothing*")).toEqual({});
  });

  it("says so when a node is silent, when there is too much, and when too many ask", async () => {
    using world = createWorld({ limits: { surveyMs: 200, surveyedChannels: 1, surveys: 1 } });
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const bob = await world.client(there).connected("bob");
    await bob.call("subscribe", { channel: promo });
    await bob.call("subscribe", { channel: "room:9" });
    expect((await here.survey("*")).kind).toBe("cut");
    world.cluster.unlisten("node-1");
    const [first, second] = await Promise.all([here.survey("room:*"), here.survey("room:*")]);
    expect([first.kind, second.kind]).toEqual(["silent", "busy"]);
  });
});
