import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Centrifuge, type TransportName } from "centrifuge";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer, payloadOf } from "./customer.ts";
import { endpointAt, environment, OnTransport } from "./sdk-transports.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 20_000, interval: 20 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const settings = { namespaces: { chat: { subscribe: "users", publish: "subscribers", historySize: 1_000 } } };

const [backend] = inject("backends");
let cluster: Cluster;
let shop: Shop;
let folder: string;
beforeAll(async () => {
  if (backend === undefined) throw new Error("no backend");
  folder = await mkdtemp(join(tmpdir(), "bellwire-transports-"));
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

/** The sum of a metric over all nodes that run. */
async function metric(start: string): Promise<number> {
  const running = cluster.nodes.filter((node) => node.running);
  const texts = await Promise.all(
    running.map(async ({ opsPort }) => (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()),
  );
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.startsWith(start));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

describe.each<readonly [TransportName, "json" | "protobuf"]>([
  ["http_stream", "json"],
  ["http_stream", "protobuf"],
  ["sse", "json"],
])("the official SDK over %s in %s, through the balancer", (transport, codec) => {
  const name = (suffix: string) => `${transport.replace("_", "-")}-${codec}-${suffix}`;
  const payload = (value: unknown) => (codec === "json" ? value : Buffer.from(JSON.stringify(value)));

  it("sees its order move, on whatever nodes its stream and its commands land", async () => {
    using reach = new OnTransport(cluster, [transport], codec);
    const elsewhere = 'bellwire_emulation_posts_total{outcome="taken",where="elsewhere"}';
    const before = await metric(elsewhere);
    const customers = await Promise.all(range(1, 9).map((n) => new Customer(reach, name(`c${n}`)).live()));
    expect(new Set(customers.map(({ node }) => node)).size).toBeGreaterThan(1);
    await Promise.all(
      customers.map(async ({ id }) => {
        for (const version of range(1, 10)) await shop.order(id, `o-${id}`, { status: "approved", version });
      }),
    );
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 10));
    for (const customer of customers) customer.expectUnbroken();
    for (const { client } of customers) await expect(client.history(`orders:user#x`, { limit: 1 })).rejects.toThrow();
    expect(await metric(elsewhere)).toBeGreaterThan(before);
    await expect.poll(() => metric(`bellwire_connections{transport="${transport}"}`), LONG).toBe(customers.length);
  });

  it("has its thousand commands done in their order, though they land on another node", async () => {
    using reach = new OnTransport(cluster, [transport], codec);
    const [first, second] = cluster.nodes.filter(({ running }) => running);
    reach.place = `http://127.0.0.1:${first?.port}`;
    reach.emulation = `http://127.0.0.1:${second?.port}`;
    const client = reach.client(name("talker"));
    const room = client.newSubscription(`chat:${name("room")}`);
    const heard: number[] = [];
    room.on("publication", ({ data }) => heard.push(payloadOf(data) as number));
    room.subscribe();
    await room.ready(10_000);
    for (const batch of range(0, 19)) {
      client.startBatching();
      const published = range(1, 50).map((n) => room.publish(payload(batch * 50 + n)));
      client.stopBatching();
      await Promise.all(published);
    }
    await expect.poll(() => heard.length, LONG).toBe(1_000);
    expect(heard).toEqual(range(1, 1_000));
  });

  it("is back with everything after its node was killed", async () => {
    using reach = new OnTransport(cluster, [transport], codec);
    const customers = await Promise.all(range(1, 6).map((n) => new Customer(reach, name(`k${n}`)).live()));
    const dying = cluster.nodeOf(customers[0]?.node);
    await dying.signal("SIGKILL");
    await Promise.all(
      customers.map(async ({ id }) => {
        for (const version of range(1, 5)) await shop.order(id, `o-${id}`, { status: "approved", version });
      }),
    );
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 5));
    for (const customer of customers) customer.expectUnbroken();
    await cluster.startNode(`${dying.name}-again`);
    await cluster.offersNodes(3);
  });

  it("is told why it may not come in, for good, and why it may not subscribe", async () => {
    using reach = new OnTransport(cluster, [transport], codec);
    const client = new Centrifuge([endpointAt(reach.place, transport)], { ...environment, token: "forged" });
    const ended = new Promise((resolve) => client.once("disconnected", resolve));
    client.connect();
    expect(await ended).toMatchObject({ code: 3500, reason: "invalid token" });
    const subscription = reach.client(name("eve")).newSubscription("orders:user#ada");
    const refused = new Promise((resolve) => subscription.once("unsubscribed", resolve));
    subscription.subscribe();
    expect(await refused).toMatchObject({ code: 103, reason: "permission denied" });
  });

  it("is ended by the server API, and comes back where it was told to", async () => {
    using reach = new OnTransport(cluster, [transport], codec);
    const ada = await new Customer(reach, name("ada")).live();
    const lost = new Promise((resolve) => ada.client.once("connecting", resolve));
    await cluster.api("disconnect", { user: ada.id, disconnect: { code: 3011, reason: "force reconnect" } });
    expect(await lost).toMatchObject({ code: 3011, reason: "force reconnect" });
    await expect.poll(() => ada.connects, LONG).toBe(2);
    const ended = new Promise((resolve) => ada.client.once("disconnected", resolve));
    await cluster.api("disconnect", { user: ada.id });
    expect(await ended).toMatchObject({ code: 3503, reason: "force disconnect" });
  });
});

describe("a list of transports", () => {
  it("is tried in its order until one connects", async () => {
    const nowhere = "http://127.0.0.1:1";
    const tried = [
      endpointAt(nowhere, "websocket"),
      endpointAt(nowhere, "http_stream"),
      endpointAt(cluster.url, "sse"),
    ];
    const client = new Centrifuge(tried, {
      ...environment,
      emulationEndpoint: `${cluster.url}/emulation`,
      getToken: () => cluster.token("fallback"),
    });
    const connected = new Promise<{ readonly transport: string }>((resolve) => client.once("connected", resolve));
    client.connect();
    expect((await connected).transport).toBe("sse");
    const orders = client.newSubscription("orders:user#fallback");
    orders.subscribe();
    await orders.ready(10_000);
    client.disconnect();
  });

  it("begins with WebSocket where that works", async () => {
    using reach = new OnTransport(cluster, ["websocket", "http_stream", "sse"]);
    const ada = new Customer(reach, "prefers");
    const transport = new Promise((resolve) => ada.client.once("connected", (context) => resolve(context.transport)));
    await ada.live();
    expect(await transport).toBe("websocket");
  });
});
