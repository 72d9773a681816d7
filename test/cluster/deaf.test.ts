import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { FaultPath } from "../network/fault-path.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";
import { SteadyOrders } from "./steady-orders.ts";

const LONG = { timeout: 40_000, interval: 50 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** The clients of a node leave in three slices; a node hands over after one second of being cut off. */
const SHARP = {
  BELLWIRE_NODE_PROBE_INTERVAL_MS: "200",
  BELLWIRE_NODE_PROBE_STALE_MS: "1500",
  BELLWIRE_NODE_DEAF_MS: "1000",
  BELLWIRE_NODE_DRAIN_BATCH: "2",
};

describe.each(inject("backends"))("on $name", (backend) => {
  it.each([
    ["RabbitMQ", "BELLWIRE_AMQP_URL", backend.amqpUrl],
    ["Redis", "BELLWIRE_REDIS_URL", backend.redisUrl],
  ])(
    "a node cut off from %s alone hands its clients over, and comes back by itself",
    async (_name, variable, url) => {
      await using path = await FaultPath.to(url);
      await using cluster = await Cluster.start(backend, { nodes: 1, env: SHARP });
      await using shop = await Shop.open(cluster);
      const deaf = await cluster.startNode("node-2", { [variable]: path.of(url) });
      await cluster.offersNodes(2);
      const customers = await Promise.all(range(1, 10).map((number) => new Customer(cluster, `c${number}`).live()));
      expect(new Set(customers.map(({ node }) => node))).toEqual(new Set(["node-1", "node-2"]));
      const orders = new SteadyOrders(shop, customers);

      await path.cut();
      await expect.poll(() => new Set(customers.map(({ node }) => node)), LONG).toEqual(new Set(["node-1"]));
      const upgrade = new WebSocket(`ws://127.0.0.1:${deaf.port}/connection/websocket`);
      const [, refusal] = (await once(upgrade, "unexpected-response")) as [unknown, IncomingMessage];
      expect([refusal.statusCode, Number(refusal.headers["retry-after"])]).toEqual([503, expect.any(Number)]);
      upgrade.on("error", () => undefined).terminate();
      const handedOver = orders.versions;
      await expect.poll(() => customers.every(({ versions }) => (versions.at(-1) ?? 0) > handedOver), LONG).toBe(true);

      await path.mend();
      await cluster.offersNodes(2);
      const newcomer = await new Customer({ client: (user) => cluster.client(user, directly(deaf.port)) }, "c1").live();
      expect(newcomer.node).toBe("node-2");
      const sent = await orders.stop();
      for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual(range(1, sent));
      for (const customer of customers) customer.expectUnbroken();
    },
    120_000,
  );

  it("RabbitMQ is away from all nodes: every node is deaf, and every client stays", async () => {
    await using path = await FaultPath.to(backend.amqpUrl);
    // Longer than the nodes come back apart, whose tries grow rarer up to one in 5 s.
    const env = { ...SHARP, BELLWIRE_NODE_DEAF_MS: "8000", BELLWIRE_AMQP_URL: path.of(backend.amqpUrl) };
    await using cluster = await Cluster.start(backend, { nodes: 2, env });
    await using shop = await Shop.open(cluster);
    const customers = await Promise.all(range(1, 6).map((number) => new Customer(cluster, `c${number}`).live()));
    await path.cut();
    const unwell = async () =>
      Math.min(...(await Promise.all(cluster.nodes.map(async (node) => (await readyOf(node.opsPort)).unwellMs))));
    await expect.poll(unwell, LONG).toBeGreaterThan(9_000);
    await path.mend();
    await cluster.offersNodes(2);
    for (const { id } of customers) await shop.order(id, `order-${id}`, { status: "approved", version: 1 });
    for (const customer of customers) await expect.poll(() => customer.versions, LONG).toEqual([1]);
    for (const { connects } of customers) expect(connects).toBe(1);
  }, 120_000);
});

const directly = (port: number) => `ws://127.0.0.1:${port}/connection/websocket`;

const readyOf = async (opsPort: number) =>
  (await (await fetch(`http://127.0.0.1:${opsPort}/ready`)).json()) as { readonly unwellMs: number };
