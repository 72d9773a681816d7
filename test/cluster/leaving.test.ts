import { describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";
import { SteadyOrders } from "./steady-orders.ts";

const LONG = { timeout: 40_000, interval: 50 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const BATCH = 4;
const PAUSE_MS = 150;

describe.each(inject("backends"))("on $name", (backend) => {
  it("all nodes are replaced one after the other under load: nobody misses, doubles or reorders, and nobody storms", async () => {
    const env = { BELLWIRE_NODE_DRAIN_BATCH: String(BATCH), BELLWIRE_NODE_DRAIN_PAUSE_MS: String(PAUSE_MS) };
    await using cluster = await Cluster.start(backend, { nodes: 3, env });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 60).map((number) => new Customer(cluster, `c${number}`).live()));
    const orders = new SteadyOrders(shop, customers);
    for (const number of [1, 2, 3]) {
      const leaving = `node-${number}`;
      const moving = customers.filter(({ node }) => node === leaving);
      const begun = performance.now();
      expect(await cluster.nodeOf(leaving).signal("SIGTERM")).toBe(0);
      await expect.poll(() => moving.filter(({ node }) => node === leaving), LONG).toEqual([]);
      const arrivals = moving.flatMap(({ connectedAt }) => connectedAt.filter((at) => at >= begun));
      const perSlice = herd(arrivals, begun);
      console.log(`${leaving}: ${moving.length} clients came back, per 100 ms: ${perSlice.join(" ")}`);
      const drainMs = (Math.ceil(moving.length / BATCH) - 1) * PAUSE_MS;
      expect(Math.max(...arrivals) - Math.min(...arrivals)).toBeGreaterThan(drainMs / 2);
      await cluster.startNode(`node-${number + 3}`);
      await cluster.offersNodes(3);
    }
    const sent = await orders.stop();
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, sent));
    for (const customer of customers) customer.expectUnbroken();
  }, 180_000);

  it("every service ends with 0 at SIGTERM, and at once at a second one", async () => {
    const env = { BELLWIRE_NODE_DRAIN_NOTICE_MS: "20000", BELLWIRE_NODE_DRAIN_DEADLINE_MS: "20000" };
    await using cluster = await Cluster.start(backend, { nodes: 2, storefront: true, env });
    const ada = await new Customer(cluster, "ada").live();
    const owner = cluster.nodeOf(ada.node);
    const idle = cluster.nodes.find((node) => node !== owner);
    expect(await idle?.signal("SIGTERM"), "a node without clients").toBe(0);
    const ended = owner.signal("SIGTERM");
    await expect.poll(() => owner.log.some((line) => line.includes("draining")), LONG).toBe(true);
    const begun = performance.now();
    await owner.signal("SIGTERM");
    expect([await ended, performance.now() - begun < 5_000]).toEqual([1, true]);
    for (const service of [cluster.storefront, cluster.producer, cluster.balancer])
      expect(await service?.signal("SIGTERM"), service?.name).toBe(0);
  }, 120_000);
});

/** How many came in each tenth of a second, from the first that had any. */
function herd(arrivals: readonly number[], begun: number): readonly number[] {
  const slices = arrivals.map((at) => Math.floor((at - begun) / 100));
  return range(Math.min(...slices), Math.max(...slices)).map((slice) => slices.filter((one) => one === slice).length);
}
