import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Centrifuge, type Subscription } from "centrifuge";
import { afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { API_KEY, startNodes, type TestNodes } from "../testing/nodes.ts";

const folder = mkdtempSync(join(tmpdir(), "bellwire-shown-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function startCluster(shown: object | undefined, count = 1): Promise<TestNodes> {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, JSON.stringify({ ...(shown && { shown }), namespaces: { chat: { historySize: 5 } } }));
  return startNodes(count, { BELLWIRE_CONFIG: path });
}

/** A customer's page, with the offsets that it got. */
async function openPage(cluster: TestNodes, user: string, channel = `orders:user#${user}`, node = 0) {
  const sdk = new Centrifuge(`${cluster.url(node).replace("http", "ws")}/connection/websocket`, {
    websocket: WebSocket,
    getToken: () => cluster.token(user),
  });
  const offsets: number[] = [];
  const subscription: Subscription = sdk.newSubscription(channel);
  subscription.on("publication", ({ offset }) => offsets.push(offset ?? 0));
  subscription.subscribe();
  sdk.connect();
  await subscription.ready(5_000);
  /** What `shown` is answered: whether it was the first, or the error's code. */
  const shown = (data: object) =>
    sdk.rpc("shown", data).then(
      (answer) => (answer.data as { readonly first: boolean }).first,
      ({ code }: { readonly code: number }) => code,
    );
  return { sdk, offsets, channel, shown, [Symbol.dispose]: () => sdk.disconnect() };
}

/** One step of an order, as the shop publishes it. */
function step(cluster: TestNodes, customerId: string, orderId: string, version: number): Promise<void> {
  const body = JSON.stringify({
    ...{ specversion: "1.0", id: `${orderId}.${version}`, source: "shop", type: "order.status" },
    time: "2026-11-22T10:00:00Z",
    data: { orderId, customerId, status: "shipped", version, at: "2026-11-22T10:00:00Z" },
  });
  return cluster.memory.sink.publish({ routingKey: `order.${orderId}`, body });
}

async function ask(cluster: TestNodes, query: string, node = 0) {
  const answer = await fetch(`${cluster.url(node)}/api/shown?${query}`, { headers: { "x-api-key": API_KEY } });
  return ((await answer.json()) as { readonly result?: object; readonly error?: object }) ?? {};
}

const toldOf = (cluster: TestNodes) =>
  cluster.memory.told().map((body) => JSON.parse(body) as { readonly id: string; readonly data: object });

describe("a client that has shown an order's version", () => {
  it("says so once, and the shop can ask when, by whom and where, on any node", async () => {
    await using cluster = await startCluster({}, 2);
    using page = await openPage(cluster, "ada");
    for (const version of [1, 2, 3]) await step(cluster, "ada", "o-1", version);
    await expect.poll(() => page.offsets).toEqual([1, 2, 3]);
    expect(await ask(cluster, "customer=ada&order=o-1&version=2")).toEqual({ result: { shown: false, versions: [] } });
    expect(await page.shown({ channel: page.channel, offset: 2 })).toBe(true);
    expect(await page.shown({ orderId: "o-1", version: 2 })).toBe(false);
    expect(await page.shown({ orderId: "o-1", version: 3 })).toBe(true);
    const showing = { user: "ada", client: expect.any(String), node: "node-0", at: expect.stringMatching(/Z$/) };
    expect(await ask(cluster, "customer=ada&order=o-1&version=2", 1)).toEqual({
      result: {
        shown: true,
        versions: [
          { version: 2, ...showing },
          { version: 3, ...showing },
        ],
      },
    });
    expect(await ask(cluster, "channel=orders:user%23ada&order=o-1&version=1")).toMatchObject({
      result: { shown: false, newer: { version: 2 } },
    });
    expect(cluster.memory.told()).toEqual([]);
  });

  it.each([
    ["of a channel that it is not subscribed to", { channel: "orders:user#bob", offset: 1 }, 103],
    ["of what was not delivered yet", { channel: "orders:user#ada", offset: 9 }, 107],
    ["of an order that it never got", { orderId: "another", version: 1 }, 112],
    ["of a version that it never got", { orderId: "o-1", version: 7 }, 112],
    ["of a channel where nothing is proved", { channel: "promo:all", offset: 1 }, 108],
    ["of nothing", {}, 107],
    ["of an odd offset", { channel: "orders:user#ada", offset: -1 }, 107],
  ])("%s is not believed", async (_name, data, code) => {
    await using cluster = await startCluster({});
    using page = await openPage(cluster, "ada");
    using other = await openPage(cluster, "bob");
    for (const customer of ["ada", "bob"]) await step(cluster, customer, customer === "ada" ? "o-1" : "another", 1);
    await expect.poll(() => [page.offsets, other.offsets]).toEqual([[1], [1]]);
    expect(await page.shown(data)).toBe(code);
    expect(await ask(cluster, "customer=bob&order=another")).toMatchObject({ result: { shown: false } });
  });

  it("is not heard where proof of display is off, and the shop is told that it is", async () => {
    await using cluster = await startCluster(undefined);
    using page = await openPage(cluster, "ada");
    await step(cluster, "ada", "o-1", 1);
    await expect.poll(() => page.offsets).toEqual([1]);
    expect(await page.shown({ channel: page.channel, offset: 1 })).toBe(104);
    expect(await ask(cluster, "customer=ada&order=o-1")).toMatchObject({ error: { code: 108 } });
  });
});

describe("the shop", () => {
  it("needs its key to ask, and must name an order and whose it is", async () => {
    await using cluster = await startCluster({});
    expect((await fetch(`${cluster.url()}/api/shown?customer=ada&order=o-1`)).status).toBe(401);
    expect(await ask(cluster, "order=o-1")).toMatchObject({ error: { code: 107 } });
    expect(await ask(cluster, "customer=ada")).toMatchObject({ error: { code: 107 } });
    expect(await ask(cluster, "customer=ada&order=o-1&version=x")).toMatchObject({ error: { code: 107 } });
  });

  it("is told once that a version was shown, and once that nobody saw one in time, but not of one overtaken", async () => {
    await using cluster = await startCluster({ events: true, unseenAfterMs: 1_000 }, 2);
    using page = await openPage(cluster, "ada");
    for (const version of [1, 2]) await step(cluster, "ada", "o-1", version);
    await step(cluster, "bob", "o-2", 1);
    await expect.poll(() => page.offsets).toEqual([1, 2]);
    await Promise.all([page.shown({ orderId: "o-1", version: 2 }), page.shown({ channel: page.channel, offset: 2 })]);
    await expect
      .poll(() => toldOf(cluster), { timeout: 10_000 })
      .toMatchObject([
        {
          ...{ id: "orders:user#ada/o-1.2.order.shown", type: "order.shown", specversion: "1.0", subject: "o-1" },
          data: { orderId: "o-1", version: 2, customerId: "ada", user: "ada", node: "node-0" },
        },
        {
          ...{ id: "orders:user#bob/o-2.1.order.unseen", type: "order.unseen" },
          data: { orderId: "o-2", version: 1, customerId: "bob" },
        },
      ]);
    await expect
      .poll(
        () =>
          cluster
            .metric("bellwire_receipts_total")
            .then(async (sum) => sum + (await cluster.metric("bellwire_receipts_total", 1))),
        { timeout: 10_000 },
      )
      .toBe(4);
    expect(cluster.memory.told()).toHaveLength(2);
  });

  it("is told that a version was shown although it had been told that nobody saw it in time", async () => {
    await using cluster = await startCluster({ events: true, unseenAfterMs: 1_000 });
    using page = await openPage(cluster, "ada");
    await step(cluster, "ada", "o-1", 1);
    await expect.poll(() => toldOf(cluster).map(({ id }) => id), { timeout: 10_000 }).toHaveLength(1);
    expect(await page.shown({ orderId: "o-1", version: 1 })).toBe(true);
    await expect
      .poll(() => toldOf(cluster).map(({ id }) => id))
      .toEqual(["orders:user#ada/o-1.1.order.unseen", "orders:user#ada/o-1.1.order.shown"]);
  });
});
