import { Redis } from "ioredis";
import { describe, expect, inject, it } from "vitest";
import type { TestBackends } from "../backends/global-setup.ts";
import { FaultPath } from "../network/fault-path.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";
import { SteadyOrders } from "./steady-orders.ts";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const LONG = { timeout: 30_000, interval: 20 };

describe.each(inject("backends"))("on $name", (backend) => {
  it("RabbitMQ's connections drop: no client is disconnected, and what was accepted meanwhile arrives", async () => {
    await using path = await FaultPath.to(backend.amqpUrl);
    await using cluster = await Cluster.start(backend, {
      nodes: 2,
      env: { BELLWIRE_AMQP_URL: through(backend.amqpUrl, path) },
    });
    await using shop = await Shop.open(cluster);
    const [ada, bob] = await Promise.all(["ada", "bob"].map((id) => new Customer(cluster, id).live()));
    await publish(shop, ["ada", "bob"], range(1, 5));
    await path.cut();
    await publish(shop, ["ada", "bob"], range(6, 20));
    await Promise.all(cluster.nodes.map((node) => expect.poll(() => readyOf(node.opsPort), LONG).toBe(503)));
    await path.mend();
    await publish(shop, ["ada", "bob"], range(21, 25));
    for (const customer of [ada, bob]) await expect.poll(() => customer?.versions, LONG).toEqual(range(1, 25));
    for (const customer of [ada, bob]) expect(customer?.connects).toBe(1);
    await Promise.all(cluster.nodes.map((node) => expect.poll(() => readyOf(node.opsPort), LONG).toBe(200)));
  });

  it("Redis's connections drop: clients stay, who subscribes tries again, and nothing is lost", async () => {
    await using path = await FaultPath.to(backend.redisUrl);
    await using cluster = await Cluster.start(backend, {
      nodes: 2,
      env: { BELLWIRE_REDIS_URL: through(backend.redisUrl, path) },
    });
    await using shop = await Shop.open(cluster);
    const ada = await new Customer(cluster, "ada").live();
    await publish(shop, ["ada"], range(1, 5));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 5));
    await path.cut();
    await publish(shop, ["ada"], range(6, 20));
    const late = new Customer(cluster, "bob");
    await expect.poll(() => late.refusals, LONG).toContain(100);
    await path.mend();
    await late.live();
    await publish(shop, ["ada", "bob"], range(21, 25));
    await expect.poll(() => ada.versions, LONG).toEqual(range(1, 25));
    await expect.poll(() => late.versions, LONG).toEqual(range(21, 25));
    expect(ada.connects).toBe(1);
  });

  it("Redis comes back empty: clients are told to reload, and served on", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 2 });
    await using shop = await Shop.open(cluster);
    const ada = await new Customer(cluster, "ada").live();
    await publish(shop, ["ada"], [1]);
    await expect.poll(() => ada.versions, LONG).toEqual([1]);
    await deleteKeys(cluster);
    await expect.poll(() => ada.recoveries, LONG).toEqual([false]);
    await publish(shop, ["ada"], [2]);
    await expect.poll(() => ada.versions, LONG).toEqual([1, 2]);
    expect(ada.connects).toBe(1);
    await expect.poll(() => keysOf(cluster, "session:"), LONG).toHaveLength(1);
  });

  // Every order's next step is ahead of its turn then, and no queue gives out more than one may have in hand.
  it("Redis comes back empty in the midst of many orders: their next steps do not wait for each other", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 1 });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 28).map((number) => new Customer(cluster, `c${number}`).live()));
    const step = (version: number) =>
      Promise.all(
        customers.flatMap(({ id }) =>
          range(1, 100).map((number) => shop.order(id, `order-${number}-of-${id}`, { status: "approved", version })),
        ),
      );
    await step(1);
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toHaveLength(100);
    await deleteKeys(cluster);
    for (const customer of customers) await expect.poll(() => customer.recoveries, LONG).toEqual([false]);
    await step(2);
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toHaveLength(200);
    for (const customer of customers) expect(customer.versions.slice(100)).toEqual(Array(100).fill(2));
    expect(await waitsOf(cluster, "stuck")).toBeGreaterThan(0);
  });

  it("a node is killed: its clients are back at once with everything, and what it left in Redis is swept", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 3 });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 9).map((number) => new Customer(cluster, `c${number}`).live()));
    const dying = cluster.nodeOf("node-1");
    const moved = customers.filter(({ node }) => node === "node-1");
    expect(moved.length).toBeGreaterThan(0);
    await dying.signal("SIGKILL");
    await publish(
      shop,
      customers.map(({ id }) => id),
      range(1, 5),
    );
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, 5));
    for (const customer of customers) customer.expectUnbroken();
    expect(moved.map(({ node }) => node)).not.toContain("node-1");
    await expect
      .poll(async () => (await everythingIn(cluster)).filter((text) => text.includes("node-1")), {
        timeout: 40_000,
        interval: 200,
      })
      .toEqual([]);
    expect(await keysOf(cluster, "session:")).toHaveLength(9);
  });

  it("a node leaves politely: its clients move on, and miss nothing", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 2 });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 6).map((number) => new Customer(cluster, `c${number}`).live()));
    const orders = new SteadyOrders(shop, customers);
    expect(await cluster.nodeOf("node-1").signal("SIGTERM")).toBe(0);
    await expect.poll(() => new Set(customers.map(({ node }) => node)), LONG).toEqual(new Set(["node-2"]));
    const sent = await orders.stop();
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, sent));
    for (const customer of customers) customer.expectUnbroken();
  });

  it("no node is up: the balancer says so at once, and serves again by itself", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 1 });
    const ada = await new Customer(cluster, "ada").live();
    await cluster.nodeOf("node-1").signal("SIGKILL");
    await cluster.offersNodes(0);
    const begun = performance.now();
    const answer = await fetch(`${cluster.url}/api/info`, { method: "POST" });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([503, expect.any(Number)]);
    await cluster.startNode("node-2");
    await expect.poll(() => ada.node, LONG).toBe("node-2");
    ada.expectUnbroken();
  });
});

const through = (url: string, path: FaultPath): string => {
  const changed = new URL(url);
  changed.hostname = "127.0.0.1";
  changed.port = String(path.port);
  return changed.href;
};

const readyOf = async (opsPort: number) => (await fetch(`http://127.0.0.1:${opsPort}/ready`)).status;

/** How many steps that came ahead of their turn have waited until that, on the first node. */
async function waitsOf({ nodes }: Cluster, ended: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${nodes[0]?.opsPort}/metrics`)).text();
  return Number(new RegExp(`^bellwire_turn_waits_total\\{ended="${ended}"\\} (\\d+)$`, "m").exec(metrics)?.[1] ?? 0);
}

/** Every version for every customer: one order each. */
async function publish(shop: Shop, customers: readonly string[], versions: readonly number[]): Promise<void> {
  for (const version of versions)
    await Promise.all(customers.map((id) => shop.order(id, `order-of-${id}`, { status: "approved", version })));
}

async function withRedis<Result>({ redisUrl }: TestBackends, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(redisUrl);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const keysOf = (cluster: Cluster, kind: string) =>
  withRedis(cluster.backend, (redis) => redis.keys(`${cluster.prefix}:${kind}*`));

const deleteKeys = (cluster: Cluster) =>
  withRedis(cluster.backend, async (redis) => redis.del(...(await redis.keys(`${cluster.prefix}:*`))));

/** All keys of the cluster, and what is in its hashes and sets. */
const everythingIn = (cluster: Cluster) =>
  withRedis(cluster.backend, async (redis) => {
    const found: string[] = [];
    for (const key of await redis.keys(`${cluster.prefix}:*`)) {
      found.push(key);
      const kind = await redis.type(key);
      if (kind === "hash") found.push(...Object.entries(await redis.hgetall(key)).map((entry) => `${key} ${entry}`));
      if (kind === "set") found.push(...(await redis.smembers(key)).map((member) => `${key} ${member}`));
    }
    return found;
  });
