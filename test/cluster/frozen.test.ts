import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";
import { SteadyOrders } from "./steady-orders.ts";

const LONG = { timeout: 45_000, interval: 50 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe.each(inject("backends"))("on $name", (backend) => {
  it("a node freezes: no new client is given to it, its own leave on missing pings with everything, and it thaws into service", async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.adopt(await mkdtemp(join(tmpdir(), "bellwire-frozen-")), (path) =>
      rm(path, { recursive: true }),
    );
    const config = join(folder, "settings.json");
    await writeFile(config, JSON.stringify({ limits: { pingSeconds: 2, pongMs: 1_000 } }));
    // A broker gives a silent consumer's events to the next one after two heartbeats.
    const env = { BELLWIRE_CONFIG: config, BELLWIRE_AMQP_URL: `${backend.amqpUrl}?heartbeat=3` };
    const cluster = stack.use(await Cluster.start(backend, { nodes: 2, env }));
    const shop = stack.use(await Shop.open(cluster));
    const impatient = { client: (user: string) => cluster.client(user, undefined, { maxServerPingDelay: 2_000 }) };
    const customers = await Promise.all(range(1, 8).map((number) => new Customer(impatient, `c${number}`).live()));
    expect(new Set(customers.map(({ node }) => node))).toEqual(new Set(["node-1", "node-2"]));
    const orders = new SteadyOrders(shop, customers);
    const frozen = cluster.nodeOf("node-1");
    void frozen.signal("SIGSTOP");
    await cluster.offersNodes(1);
    await expect.poll(() => new Set(customers.map(({ node }) => node)), LONG).toEqual(new Set(["node-2"]));
    const left = orders.versions;
    await expect.poll(() => customers.every(({ versions }) => (versions.at(-1) ?? 0) > left), LONG).toBe(true);
    void frozen.signal("SIGCONT");
    await cluster.offersNodes(2);
    const sent = await orders.stop();
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, sent));
    for (const customer of customers) customer.expectUnbroken();
  }, 120_000);

  it("the balancer is killed: its restart serves, and nobody has missed anything", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 2 });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 6).map((number) => new Customer(cluster, `c${number}`).live()));
    const orders = new SteadyOrders(shop, customers);
    await cluster.balancer.signal("SIGKILL");
    await expect.poll(() => customers.every(({ client }) => client.state !== "connected"), LONG).toBe(true);
    await cluster.restartBalancer();
    await expect.poll(() => customers.map(({ connects }) => connects), LONG).toEqual(customers.map(() => 2));
    const sent = await orders.stop();
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, sent));
    for (const customer of customers) customer.expectUnbroken();
  });
});
