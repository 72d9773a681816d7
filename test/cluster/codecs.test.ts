import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PublicationContext, Subscription } from "centrifuge";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { Cluster } from "./cluster.ts";
import { Customer, payloadOf, type Reachable } from "./customer.ts";
import { Shop } from "./shop.ts";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const LONG = { timeout: 20_000, interval: 20 };
const settings = {
  namespaces: {
    chat: { subscribe: "users", publish: "subscribers", historySize: 10 },
    banner: { subscribe: "anyone", cache: true },
    stock: { subscribe: "anyone", historySize: 50, delta: true },
    room: { subscribe: "users", presence: "subscribers", joinLeave: "asked" },
  },
  shown: {},
};

const [backend] = inject("backends");
let cluster: Cluster;
let shop: Shop;
let folder: string;
beforeAll(async () => {
  if (backend === undefined) throw new Error("no backend");
  folder = await mkdtemp(join(tmpdir(), "bellwire-codecs-"));
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(settings));
  cluster = await Cluster.start(backend, { env: { BELLWIRE_CONFIG: file } });
  shop = await Shop.open(cluster);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Customers whose application uses the SDK's Protobuf build, and others. */
const inProtobuf = (): Reachable => ({ client: (user) => cluster.protobufClient(user) });
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("the official SDK's Protobuf build, through the balancer", () => {
  it("sees what a JSON client of the same channel sees", async () => {
    const [ada, twin] = await Promise.all([
      new Customer(inProtobuf(), "pb-twin").live(),
      new Customer(cluster, "pb-twin").live(),
    ]);
    for (const version of range(1, 20)) await shop.order("pb-twin", "pb-o", { status: "approved", version });
    for (const customer of [ada, twin]) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 20));
    const seen = ({ seen }: Customer) => seen.map(({ channel, data, offset }) => ({ channel, data, offset }));
    expect(seen(ada)).toEqual(seen(twin));
    for (const customer of [ada, twin]) customer.expectUnbroken();
  });

  it("recovers what it missed while it was away", async () => {
    const ada = await new Customer(inProtobuf(), "pb-ada").live();
    await shop.order("pb-ada", "pb-1", { status: "placed", version: 1 });
    await expect.poll(() => ada.versions, LONG).toEqual([1]);
    ada.client.disconnect();
    for (const version of range(2, 30)) await shop.order("pb-ada", "pb-1", { status: "approved", version });
    ada.client.connect();
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 30));
    ada.expectUnbroken();
    expect(ada.recoveries).toEqual([true]);
  });

  it("publishes to a channel, and is shown as the publisher", async () => {
    const [ada, bob] = [cluster.protobufClient("pb-talker"), cluster.client("pb-listener")];
    const [talking, listening] = [ada.newSubscription("chat:room"), bob.newSubscription("chat:room")];
    const heard: unknown[] = [];
    for (const subscription of [talking, listening]) {
      subscription.on("publication", ({ data, info }) => heard.push([payloadOf(data), info?.user]));
      subscription.subscribe();
      await subscription.ready(10_000);
    }
    await talking.publish(bytes({ hello: "wörld" }));
    await expect.poll(() => heard, LONG).toEqual([1, 2].map(() => [{ hello: "wörld" }, "pb-talker"]));
    const history = await talking.history({ limit: -1 });
    expect(history.publications.map(({ data, offset }) => [payloadOf(data), offset])).toEqual([
      [{ hello: "wörld" }, 1],
    ]);
    await expect(talking.publish(Buffer.from([0xff, 0xfe]))).rejects.toMatchObject({ code: 107 });
    await expect(talking.publish(Buffer.from("no JSON"))).rejects.toMatchObject({ code: 107 });
  });

  it("is told why it may not subscribe", async () => {
    const subscription = cluster.protobufClient("pb-eve").newSubscription("orders:user#pb-ada");
    const ended = new Promise((resolve) => subscription.once("unsubscribed", resolve));
    subscription.subscribe();
    expect(await ended).toMatchObject({ code: 103, reason: "permission denied" });
  });

  it("whose node is killed is back with everything", async () => {
    const customers = await Promise.all(range(1, 9).map((n) => new Customer(inProtobuf(), `pb-c${n}`).live()));
    const dying = cluster.nodeOf(customers[0]?.node);
    await dying.signal("SIGKILL");
    await Promise.all(
      customers.map(async ({ id }) => {
        for (const version of range(1, 5)) await shop.order(id, `o-${id}`, { status: "approved", version });
      }),
    );
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 5));
    for (const customer of customers) customer.expectUnbroken();
  });
});

describe.each([
  ["JSON", () => cluster.client("reader")],
  ["Protobuf", () => cluster.protobufClient("reader")],
])("the official SDK in %s, through the balancer", (codec, connect) => {
  const publish = (channel: string, data: unknown, more: object = {}) =>
    cluster.api("publish", { channel, data, ...more });
  const heard = (subscription: Subscription) => {
    const publications: PublicationContext[] = [];
    subscription.on("publication", (context) => publications.push(context));
    return () => publications.map(({ data }) => payloadOf(data));
  };

  it("gets the tags of publications, live and recovered", async () => {
    const client = connect();
    const subscription = client.newSubscription(`product:tags-${codec}`);
    const tags: unknown[] = [];
    subscription.on("publication", (context) => tags.push(context.tags));
    subscription.subscribe();
    await subscription.ready(10_000);
    await publish(`product:tags-${codec}`, 1, { tags: { colour: "grün", size: "XL" } });
    await expect.poll(() => tags, LONG).toHaveLength(1);
    client.disconnect();
    await publish(`product:tags-${codec}`, 2, { tags: { colour: "rot" } });
    client.connect();
    await expect.poll(() => tags, LONG).toEqual([{ colour: "grün", size: "XL" }, { colour: "rot" }]);
  });

  it("asks who is there, and hears who comes and goes", async () => {
    const channel = `room:${codec}`;
    const subscription = connect().newSubscription(channel, { joinLeave: true });
    const comings: unknown[] = [];
    for (const event of ["join", "leave"] as const)
      subscription.on(event, ({ info }) => comings.push([event, info.user]));
    subscription.subscribe();
    await subscription.ready(10_000);
    const other = cluster.client("other");
    const theirs = other.newSubscription(channel);
    theirs.subscribe();
    await theirs.ready(10_000);
    await expect.poll(() => comings, LONG).toContainEqual(["join", "other"]);
    await expect.poll(async () => (await subscription.presenceStats()).numUsers, LONG).toBe(2);
    expect(await subscription.presenceStats()).toEqual({ numClients: 2, numUsers: 2 });
    const { clients } = await subscription.presence();
    expect(
      Object.values(clients)
        .map(({ user }) => user)
        .sort(),
    ).toEqual(["other", "reader"]);
    other.disconnect();
    await expect.poll(() => comings, LONG).toContainEqual(["leave", "other"]);
  });

  it("calls a procedure, and is told why it cannot call another", async () => {
    const user = `caller-${codec}`;
    const client = codec === "JSON" ? cluster.client(user) : cluster.protobufClient(user);
    const subscription = client.newSubscription(`orders:user#${user}`);
    const seen = heard(subscription);
    subscription.subscribe();
    await subscription.ready(10_000);
    await shop.order(user, `o-${user}`, { status: "placed", version: 1 });
    await expect.poll(seen, LONG).toHaveLength(1);
    const call = async (data: object) => {
      const answer = await client.rpc("shown", codec === "JSON" ? data : bytes(data));
      return payloadOf(answer.data);
    };
    expect(await call({ orderId: `o-${user}`, version: 1 })).toEqual({ first: true });
    expect(await call({ orderId: `o-${user}`, version: 1 })).toEqual({ first: false });
    await expect(client.rpc("nowhere", bytes({}))).rejects.toMatchObject({ code: 104 });
  });

  it("gets the latest of a cache channel on subscribing, and no other", async () => {
    const channel = `banner:${codec}`;
    for (const number of range(1, 3)) await publish(channel, { number });
    const subscription = connect().newSubscription(channel);
    const seen = heard(subscription);
    subscription.subscribe();
    await expect.poll(seen, LONG).toEqual([{ number: 3 }]);
    await publish(channel, { number: 4 });
    await expect.poll(seen, LONG).toEqual([{ number: 3 }, { number: 4 }]);
  });

  it("puts differences together, over edits that cut characters and over a reconnect", async () => {
    const channel = `stock:${codec}`;
    const client = connect();
    const subscription = client.newSubscription(channel, { delta: "fossil" });
    const seen = heard(subscription);
    subscription.subscribe();
    await subscription.ready(10_000);
    const state = (number: number) => ({
      text: `${"Größe – 日本語 – ".repeat(20)}${"éèêë".charAt(number % 4)}${" — schöne Tüten 🚚".repeat(20)}`,
      number,
    });
    for (const number of range(1, 10)) await publish(channel, state(number));
    await expect.poll(seen, LONG).toEqual(range(1, 10).map(state));
    client.disconnect();
    for (const number of range(11, 13)) await publish(channel, state(number));
    client.connect();
    await expect.poll(seen, LONG).toEqual(range(1, 13).map(state));
    for (const number of range(14, 20)) await publish(channel, state(number));
    await expect.poll(seen, LONG).toEqual(range(1, 20).map(state));
    const { numDeltaPayloads, numFullPayloads } = subscription.deltaStats();
    expect(numDeltaPayloads + numFullPayloads).toBe(20);
    expect(numDeltaPayloads).toBeGreaterThan(5);
  });
});

describe("a WebSocket client", () => {
  const closeOf = async (socket: WebSocket, frame: string | Uint8Array) => {
    await once(socket, "open");
    socket.send(frame);
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    return [code, String(reason)];
  };

  it("that agreed on Protobuf is closed with 3501 for a text frame that is none", async () => {
    const socket = new WebSocket(cluster.websocketUrl, ["centrifuge-protobuf"]);
    expect(await closeOf(socket, '{"id":1,"connect":{}}')).toEqual([3501, "bad request"]);
    expect(socket.protocol).toBe("centrifuge-protobuf");
  });

  it("that agreed on JSON is closed with 3501 for a binary frame of Protobuf", async () => {
    const socket = new WebSocket(cluster.websocketUrl);
    expect(await closeOf(socket, Buffer.from([4, 8, 1, 34, 0]))).toEqual([3501, "bad request"]);
  });

  it.each(["cf_protocol=protobuf", "format=protobuf"])("that asks by %s is spoken to in Protobuf", async (query) => {
    const client = cluster.protobufClient("pb-query", `${cluster.websocketUrl}?${query}`);
    const connected = new Promise<{ readonly client: string }>((resolve) => client.once("connected", resolve));
    expect((await connected).client).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("that offers compression is served without it", async () => {
    const socket = new WebSocket(cluster.websocketUrl, { perMessageDeflate: true });
    await once(socket, "open");
    expect(socket.extensions).toBe("");
    socket.terminate();
  });

  it("that asks for WebSocket pings is promised no others", async () => {
    const socket = new WebSocket(`${cluster.websocketUrl}?cf_ws_frame_ping_pong=true`);
    await once(socket, "open");
    socket.send(JSON.stringify({ id: 1, connect: { token: await cluster.token("pb-tool") } }));
    const [message] = (await once(socket, "message")) as [Buffer];
    const { connect } = JSON.parse(String(message)) as { connect: object };
    expect(connect).not.toHaveProperty("ping");
    expect(connect).not.toHaveProperty("pong");
    socket.terminate();
  });
});
