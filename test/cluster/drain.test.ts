import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";
import { SteadyOrders } from "./steady-orders.ts";

const TOKEN = "the-operator-of-a-test-cluster";
const CUSTOMERS = 24;
const LONG = { timeout: 40_000, interval: 100 };

interface NodeView {
  readonly id: string;
  readonly state: string;
  readonly active: number;
}

describe.each(inject("backends"))("on $name", (backend) => {
  let cluster: Cluster;
  let shop: Shop;
  const admin = async (method: string, path: string, body: object = {}) => {
    const answer = await fetch(`http://127.0.0.1:${cluster.balancer.opsPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(method !== "GET" && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const views = async () => (await admin("GET", "/nodes")).body.nodes as NodeView[];

  beforeAll(async () => {
    cluster = await Cluster.start(backend, {
      env: { BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN, BELLWIRE_BALANCER_SLOW_START_MS: "1000" },
    });
    shop = await Shop.open(cluster);
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it("a node is drained and another joins: nobody misses, doubles or reorders, and the newcomer gets its share", {
    timeout: 150_000,
  }, async () => {
    const ids = Array.from({ length: CUSTOMERS }, (_, index) => `drain-${index}`);
    const customers = await Promise.all(ids.map((id) => new Customer(cluster, id).live()));
    const on = (node: string) => customers.filter((customer) => customer.node === node).length;
    expect([on("node-1"), on("node-2"), on("node-3")].map((count) => count > 0)).toEqual([true, true, true]);
    const stream = new SteadyOrders(shop, customers);

    const before = on("node-1");
    const drained = await admin("POST", "/nodes/node-1/drain", { overMs: 3_000 });
    expect([drained.status, drained.body.drain]).toEqual([202, expect.objectContaining({ by: "node" })]);
    await expect.poll(() => on("node-1"), LONG).toBe(0);
    await expect.poll(async () => (await views()).map(({ id }) => id).sort(), LONG).toEqual(["node-2", "node-3"]);
    expect(before).toBeGreaterThan(0);

    await cluster.startNode("node-4");
    await cluster.offersNodes(3);
    const begun = await admin("POST", "/rebalance", { perSecond: 20 });
    expect([begun.status, begun.body.state]).toEqual([202, "running"]);
    await expect.poll(async () => (await admin("GET", "/rebalance")).body.state, LONG).toBe("balanced");
    const share = CUSTOMERS / 3;
    const offBy = () => ["node-2", "node-3", "node-4"].map((node) => Math.abs(on(node) - share));
    await expect.poll(() => Math.max(...offBy()), LONG).toBeLessThanOrEqual(1);

    const sent = await stream.stop();
    expect(sent).toBeGreaterThan(20);
    await expect.poll(() => customers.map(({ seen }) => seen.length), LONG).toEqual(customers.map(() => sent));
    for (const customer of customers) {
      customer.expectUnbroken();
      expect(customer.versions, customer.id).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
    }
    expect(customers.filter(({ recoveries }) => recoveries.length > 0).length).toBeGreaterThanOrEqual(before);
  });
});
