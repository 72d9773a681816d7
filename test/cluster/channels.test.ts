import { connect } from "amqplib";
import type { Subscription } from "centrifuge";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { TestBackends } from "../backends/global-setup.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import type { ServiceProcess } from "./service-process.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 20_000, interval: 50 };
/** A dead node is swept after 10 s without a sign, by whoever looks next: every 5 s. The rest is this machine's. */
const SWEPT = { timeout: 25_000, interval: 200 };
const config = {
  namespaces: {
    room: {
      ...{ subscribe: "users", publish: "subscribers", historySize: 20 },
      ...{ presence: "subscribers", joinLeave: "asked" },
    },
    vip: { subscribe: "nobody", historySize: 20 },
  },
  shown: { events: true, unseenAfterMs: 2_000 },
};
const at = ({ port }: ServiceProcess) => ({ url: `http://127.0.0.1:${port}` });
const websocketOf = ({ port }: ServiceProcess) => `ws://127.0.0.1:${port}/connection/websocket`;

describe.each(inject("backends"))("on $name", (backend) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(backend, { config });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  /** A member of a room on one node, with who it was told came and went. */
  async function enter(user: string, channel: string, node: ServiceProcess, options: object = {}) {
    const client = cluster.client(user, websocketOf(node));
    const subscription: Subscription = client.newSubscription(channel, options);
    const told: string[] = [];
    subscription.on("join", ({ info }) => told.push(`join ${info.user}`));
    subscription.on("leave", ({ info }) => told.push(`leave ${info.user}`));
    subscription.subscribe();
    await subscription.ready(20_000);
    return { client, subscription, told };
  }
  const nodes = () =>
    cluster.nodes.filter(({ running }) => running) as [ServiceProcess, ServiceProcess, ServiceProcess];

  it("clients of three nodes see who is in their channel, and who comes and goes", async () => {
    const [first, second, third] = nodes();
    const ada = await enter("ada", "room:1", first, { joinLeave: true });
    const bob = await enter("bob", "room:1", second);
    const cleo = await enter("cleo", "room:1", third);
    await expect.poll(() => ada.told, LONG).toEqual(["join ada", "join bob", "join cleo"]);
    const { clients } = await cleo.subscription.presence();
    expect(
      Object.values(clients)
        .map(({ user }) => user)
        .sort(),
    ).toEqual(["ada", "bob", "cleo"]);
    expect(await bob.subscription.presenceStats()).toEqual({ numClients: 3, numUsers: 3 });
    cleo.client.disconnect();
    await expect.poll(() => ada.told.at(-1), LONG).toBe("leave cleo");
    for (const node of nodes())
      expect((await cluster.api("presence_stats", { channel: "room:1" }, at(node))).result).toEqual({
        ...{ num_clients: 2, num_users: 2 },
      });
    expect(bob.told).toEqual([]);
  });

  it("a call that lands on any node reaches a client on any other", async () => {
    for (const [index, node] of nodes().entries()) {
      const user = `reached-${index}`;
      const client = cluster.client(user);
      await client.ready(20_000);
      const seen: unknown[] = [];
      client.on("subscribed", ({ channel }) => seen.push(["subscribed", channel]));
      client.on("unsubscribed", ({ channel }) => seen.push(["unsubscribed", channel]));
      client.on("publication", ({ data }) => seen.push(data));
      client.on("disconnected", ({ code }) => seen.push(code));
      const channel = `vip:${user}`;
      const call = async (method: string, request: object) => {
        const answer = await cluster.api(method, request, at(node));
        expect(answer.error, method).toBeUndefined();
        return answer.result;
      };
      await call("subscribe", { user, channel });
      await expect.poll(() => seen, LONG).toEqual([["subscribed", channel]]);
      await call("publish", { channel, data: "hello" });
      await expect.poll(() => seen.at(-1), LONG).toBe("hello");
      await expect
        .poll(() => call("channels", { pattern: "vip:*" }), LONG)
        .toEqual({ channels: { [channel]: { num_clients: 1 } } });
      await call("unsubscribe", { user, channel });
      await expect.poll(() => seen.at(-1), LONG).toEqual(["unsubscribed", channel]);
      await call("disconnect", { user });
      await expect.poll(() => seen.at(-1), LONG).toBe(3503);
    }
    const { result } = await cluster.api<{ nodes: readonly object[] }>("info", {});
    expect(result?.nodes).toHaveLength(3);
  });

  it("a node is killed: who was there by it is gone from presence in time, and there again by another", async () => {
    const [first, second] = nodes();
    const stays = await enter("stays", "room:2", first);
    const moves = cluster.client("moves", cluster.websocketUrl);
    const room = moves.newSubscription("room:2");
    room.subscribe();
    await room.ready(20_000);
    const lost = await enter("lost", "room:2", second);
    lost.client.on("connecting", () => lost.client.disconnect());
    await expect.poll(() => stays.subscription.presenceStats(), LONG).toEqual({ numClients: 3, numUsers: 3 });
    await second.signal("SIGKILL");
    const usersThere = async () =>
      Object.values((await stays.subscription.presence()).clients)
        .map(({ user }) => user)
        .sort();
    await expect.poll(usersThere, SWEPT).toEqual(["moves", "stays"]);
    await cluster.startNode(`${second.name}-again`);
    await cluster.offersNodes(3);
  });

  it("the shop learns what its customers saw and what nobody saw, each once but for what a dying node had not settled", async () => {
    await using told = await listen(backend, cluster.prefix);
    await using shop = await Shop.open(cluster);
    const run = Date.now().toString(36); // Tried again, it is about other orders.
    const ids = ["s1", "s2", "s3", "s4"].map((name) => `${name}-${run}`);
    const customers = await Promise.all(ids.map((id) => new Customer(cluster, id).live()));
    const versions = [1, 2, 3, 4, 5, 6];
    for (const version of versions)
      await Promise.all(customers.map(({ id }) => shop.order(id, `${id}-order`, { status: "approved", version })));
    await shop.order(`nobody-${run}`, `nobody-order-${run}`, { status: "placed", version: 1 });
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(versions);
    const [dying] = nodes();
    for (const customer of customers) {
      const channel = `orders:user#${customer.id}`;
      await customer.client.rpc("shown", { channel, offset: customer.offsets.at(-1) });
      await customer.client.rpc("shown", { orderId: `${customer.id}-order`, version: 2 });
    }
    await dying.signal("SIGKILL");
    const expected = [
      ...ids.flatMap((id) => [2, 6].map((version) => `orders:user#${id}/${id}-order.${version}.order.shown`)),
      `orders:user#nobody-${run}/nobody-order-${run}.1.order.unseen`,
    ].sort();
    const idsTold = () => [...new Set(told.notices.map(({ id }) => id))].sort();
    await expect.poll(idsTold, { timeout: 50_000, interval: 200 }).toEqual(expected);
    // What a node had told and not yet settled when it died is told again, with the same id.
    const repeated = told.notices.filter(({ id }, index) => told.notices.findIndex((one) => one.id === id) < index);
    expect(repeated.filter(({ data }) => data.node !== dying.name)).toEqual([]);
    expect(told.notices.length).toBeLessThanOrEqual(2 * expected.length);
    for (const node of nodes()) {
      const request = { customer: ids[0], order: `${ids[0]}-order`, version: 6 };
      const { result } = await cluster.api("shown", request, at(node));
      expect(result).toMatchObject({ shown: true, versions: [{ version: 2 }, { version: 6, user: ids[0] }] });
    }
    await cluster.startNode(`${dying.name}-again`);
  });
});

/** A queue of the shop's own on the exchange where it is told what was seen. */
async function listen(backend: TestBackends, prefix: string) {
  const connection = await connect(backend.amqpUrl);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.bindQueue(queue, `${prefix}.seen`, "order.#");
  const notices: { readonly id: string; readonly data: { readonly node?: string } }[] = [];
  await channel.consume(
    queue,
    (message) => {
      if (message !== null) notices.push(JSON.parse(message.content.toString()) as (typeof notices)[number]);
    },
    { noAck: true },
  );
  return { notices, [Symbol.asyncDispose]: () => connection.close() };
}
