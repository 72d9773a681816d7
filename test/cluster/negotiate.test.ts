import { createTokenSigner } from "@bellwire/auth";
import { askBalancer, negotiatedSocket } from "@bellwire/storefront";
import { Centrifuge, type PublicationContext } from "centrifuge";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../network/free-port.ts";
import { Cluster } from "./cluster.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 30_000, interval: 50 };
const SECRET = "the-token-secret-of-this-story";
const CLIENTS = 8;

describe.each(inject("backends"))("on $name", (backend) => {
  let cluster: Cluster;
  let shop: Shop;
  const started = async (id: string) => {
    const port = String(await freePort());
    const publicUrl = `ws://127.0.0.1:${port}/connection/websocket`;
    await cluster.startNode(id, { BELLWIRE_NODE_PORT: port, BELLWIRE_NODE_PUBLIC_URL: publicUrl });
  };
  const metric = async (line: string) => {
    const text = await (await fetch(`http://127.0.0.1:${cluster.balancer.opsPort}/metrics`)).text();
    return Number(
      text
        .split("\n")
        .find((each) => each.startsWith(`${line} `))
        ?.split(" ")[1],
    );
  };

  beforeAll(async () => {
    cluster = await Cluster.start(backend, {
      nodes: 0,
      env: { BELLWIRE_TOKEN_SECRET: SECRET, BELLWIRE_BALANCER_SLOW_START_MS: "0" },
    });
    await Promise.all([started("node-1"), started("node-2")]);
    await cluster.offersNodes(2);
    shop = await Shop.open(cluster);
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it("the official SDK goes straight to nodes with tickets, and past a dead one to another without a gap", {
    timeout: 120_000,
  }, async () => {
    const sign = createTokenSigner(SECRET);
    const seen = new Map<string, number[]>();
    const nodeOf = new Map<string, string>();
    const clients = Array.from({ length: CLIENTS }, (_, index) => {
      const user = `direct-${index}`;
      const client = new Centrifuge(cluster.websocketUrl, {
        websocket: negotiatedSocket({ ask: askBalancer, open: (url) => new WebSocket(url) }),
        getToken: () => sign({ sub: user, ttlSeconds: 600 }),
        minReconnectDelay: 100,
      });
      client.on("connected", ({ data }) => nodeOf.set(user, (data as { node: string }).node));
      const subscription = client.newSubscription(`orders:user#${user}`);
      seen.set(user, []);
      subscription.on("publication", ({ offset }: PublicationContext) => seen.get(user)?.push(offset ?? 0));
      subscription.subscribe();
      client.connect();
      return { user, client, subscription };
    });
    await Promise.all(clients.map(({ subscription }) => subscription.ready(20_000)));
    const on = (node: string) => [...nodeOf.values()].filter((name) => name === node).length;
    expect([on("node-1"), on("node-2")]).toEqual([CLIENTS / 2, CLIENTS / 2]);
    expect(await metric("bellwire_balancer_open_seconds_count")).toBe(0);
    expect(await metric('bellwire_balancer_negotiations_total{direct="true"}')).toBe(CLIENTS);

    const tell = (version: number) =>
      Promise.all(clients.map(({ user }) => shop.order(user, `order-${user}`, { status: "approved", version })));
    for (const version of [1, 2, 3]) await tell(version);
    await cluster.nodeOf("node-1").signal("SIGKILL");
    for (const version of [4, 5, 6]) await tell(version);
    await expect.poll(() => on("node-2"), LONG).toBe(CLIENTS);
    await expect.poll(() => [...seen.values()], LONG).toEqual(clients.map(() => [1, 2, 3, 4, 5, 6]));
    for (const { client } of clients) client.disconnect();
  });

  it("a node asks for a good ticket where it is told to, and never takes one for another node", async () => {
    const port = String(await freePort());
    await cluster.startNode("node-3", {
      BELLWIRE_NODE_PORT: port,
      BELLWIRE_NODE_PUBLIC_URL: `ws://127.0.0.1:${port}/connection/websocket`,
      BELLWIRE_NODE_REQUIRE_TICKET: "true",
    });
    const knock = async (query: string, to = port) => {
      const socket = new WebSocket(`ws://127.0.0.1:${to}/connection/websocket${query}`);
      const outcome = new Promise<number | "open">((resolve) => {
        socket.on("open", () => resolve("open"));
        socket.on("unexpected-response", (_request, answer) => resolve(answer.statusCode ?? 0));
      });
      socket.on("error", () => undefined);
      const known = await outcome;
      socket.terminate();
      return known;
    };
    expect(await knock("")).toBe(403);
    expect(await knock("?ticket=forged")).toBe(403);
    const tickets = new Map<string, string>();
    await expect
      .poll(async () => {
        const answer = await fetch(`${cluster.url}/negotiate`, { method: "POST" });
        const { url } = (await answer.json()) as { url: string };
        tickets.set(new URL(url).port, new URL(url).search);
        return tickets.size;
      }, LONG)
      .toBe(2);
    const [other] = [...tickets].filter(([to]) => to !== port).map(([, ticket]) => ticket);
    expect(await knock(tickets.get(port) ?? "none")).toBe("open");
    expect(await knock(other ?? "none")).toBe(403);
  });
});
