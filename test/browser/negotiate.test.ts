import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { freePort } from "../network/free-port.ts";
import { CustomerPage, startChromium } from "./customer-page.ts";
import { type Buyer, ShopApi, wholeWay } from "./shop-api.ts";

describe("the storefront that negotiates, in a browser", () => {
  const parts = {} as { browser: Browser; cluster: Cluster };
  const ports = new Map<string, string>();
  let shop: ShopApi;
  const startNode = async (id: string) => {
    const port = String(await freePort());
    ports.set(id, port);
    await parts.cluster.startNode(id, {
      BELLWIRE_NODE_PORT: port,
      BELLWIRE_NODE_PUBLIC_URL: `ws://127.0.0.1:${port}/connection/websocket`,
      BELLWIRE_NODE_REQUIRE_TICKET: "true",
    });
  };
  beforeAll(async () => {
    const [backend] = inject("backends");
    if (backend === undefined) throw new Error("no backend to test against");
    const env = { BELLWIRE_STOREFRONT_NEGOTIATE: "true" };
    parts.cluster = await Cluster.start(backend, { nodes: 0, storefront: true, env });
    parts.browser = await startChromium();
    await Promise.all([startNode("node-1"), startNode("node-2")]);
    await parts.cluster.offersNodes(2);
    shop = new ShopApi(parts.cluster);
  });
  afterAll(async () => {
    await parts.browser?.close();
    await parts.cluster?.[Symbol.asyncDispose]();
  });

  it("goes straight to a node, with a ticket that the node asks for, and comes back by another once that is killed", async () => {
    const ada: Buyer = { customerId: "ada", customer: { name: "Ada" } };
    await shop.place(ada, "ada-1");
    await using page = await CustomerPage.live(parts, "ada");
    const sockets = () => page.asked.filter((url) => url.startsWith("ws:")).map((url) => new URL(url));
    const { node = "" } = await page.snapshot();
    expect(sockets().map(({ port, searchParams }) => [port, searchParams.has("ticket")])).toEqual([
      [ports.get(node), true],
    ]);
    await shop.move("ada-1", "approved");
    await page.expectSoon({ seen: 1, violations: 0, orders: { "ada-1": { status: "approved" } } });
    expect(page.complaints).toEqual([]);

    await parts.cluster.nodeOf(node).signal("SIGKILL");
    await shop.move("ada-1", "shipped");
    await shop.move("ada-1", "delivered");
    await page.expectSoon({ state: "live", seen: 3, violations: 0, orders: { "ada-1": { steps: [...wholeWay] } } });
    const other = node === "node-1" ? "node-2" : "node-1";
    expect(await page.snapshot()).toMatchObject({ node: other, nodesSeen: [node, other] });
    expect(sockets().at(-1)?.port).toBe(ports.get(other));
    expect(page.loads).toBe(1);

    const answer = await fetch(`http://127.0.0.1:${parts.cluster.balancer.opsPort}/metrics`);
    expect(await answer.text(), "no tunnel through the balancer").toContain("bellwire_balancer_open_seconds_count 0");
  });
});
