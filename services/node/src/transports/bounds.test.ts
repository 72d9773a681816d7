import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { API_KEY, startNodes, type TestNodes } from "../testing/nodes.ts";
import { type Connected, StreamClient } from "../testing/stream-client.ts";

const json = { "content-type": "application/json" };
const SOON = { timeout: 8_000, interval: 20 };

const startLimited = (settings: object): Promise<TestNodes> => startNodes(1, {}, settings);

async function openStream(cluster: TestNodes, user: string, more: readonly object[] = []): Promise<StreamClient> {
  const commands = [{ id: 1, connect: { token: await cluster.token(user) } }, ...more];
  const body = commands.map((one) => JSON.stringify(one)).join("\n");
  return StreamClient.open(`${cluster.url()}/connection/http_stream`, { method: "POST", headers: json, body });
}

const emulate = (url: string, { session, node }: Connected, data = "{}") =>
  fetch(`${url}/emulation`, { method: "POST", headers: json, body: JSON.stringify({ session, node, data }) });

const history = (id: number) => JSON.stringify({ id, history: { channel: "orders:user#ada" } });

describe("a session's POSTs", () => {
  it("are bounded in their rate; beyond it the client is sent back", async () => {
    await using cluster = await startLimited({ transports: { emulationPerSecond: 1, emulationBurst: 5 } });
    using client = await openStream(cluster, "ada");
    const connected = await client.connected();
    const statuses: number[] = [];
    for (let id = 2; id < 8; id += 1) statuses.push((await emulate(cluster.url(), connected, history(id))).status);
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
    expect(await client.disconnected()).toEqual({ code: 3013, reason: "too many requests" });
    await client.end();
  });

  it("are bounded in their size", async () => {
    await using cluster = await startLimited({ transports: { frameBytes: 2_000 } });
    using client = await openStream(cluster, "ada");
    const connected = await client.connected();
    expect((await emulate(cluster.url(), connected, "x".repeat(2_001))).status).toBe(413);
    expect((await emulate(cluster.url(), connected, "x".repeat(20_000))).status).toBe(413);
    expect((await emulate(cluster.url(), connected, history(2))).status).toBe(204);
    const empty = await fetch(`${cluster.url()}/emulation`, { method: "POST", headers: json, body: "{}" });
    expect(empty.status).toBe(400);
  });
});

describe("commands for another node", () => {
  it("that cannot be reached are answered 503, so that the client comes back", async () => {
    await using cluster = await startNodes(1);
    const [record] = await cluster.memory.registry.roster();
    if (record === undefined) throw new Error("the node is not registered");
    await cluster.memory.registry.announce({ ...record, id: "just-died", opsAddress: "127.0.0.1:1" });
    const session = "of-a-dead-node";
    await expect
      .poll(async () => (await emulate(cluster.url(), { session, node: "just-died", client: "" })).status, SOON)
      .toBe(503);
    expect((await emulate(cluster.url(), { session, node: "never-was", client: "" })).status).toBe(404);
  });

  it("are bounded in how many are on their way; beyond it the client hears 503 at once", async () => {
    await using cluster = await startLimited({ transports: { emulationInFlight: 1, emulationMs: 60_000 } });
    await using slow = await SlowNode.join(cluster);
    const first = emulate(cluster.url(), slow);
    await expect.poll(() => slow.owed.length, SOON).toBe(1);
    expect((await emulate(cluster.url(), slow)).status).toBe(503);
    expect(await cluster.metric('bellwire_emulation_posts_total{outcome="busy"')).toBe(1);
    slow.owed.pop()?.writeHead(204).end();
    expect((await first).status).toBe(204);
    const next = emulate(cluster.url(), slow);
    await expect.poll(() => slow.owed.length, SOON).toBe(1);
    slow.owed.pop()?.writeHead(204).end();
    expect((await next).status, "there is room again").toBe(204);
  });

  it("are given up when the other node takes too long, and their place is free again", async () => {
    await using cluster = await startLimited({ transports: { emulationInFlight: 1, emulationMs: 100 } });
    await using slow = await SlowNode.join(cluster);
    for (const times of [1, 2]) {
      expect((await emulate(cluster.url(), slow)).status).toBe(503);
      await expect.poll(() => slow.left, SOON).toBe(times);
    }
    expect(await cluster.metric('bellwire_emulation_posts_total{outcome="unreachable"')).toBe(2);
    expect(await cluster.metric('bellwire_emulation_posts_total{outcome="busy"')).toBe(0);
  });

  it("are taken from who has the cluster's key alone", async () => {
    await using cluster = await startNodes(1);
    using client = await openStream(cluster, "ada");
    const { session = "" } = await client.connected();
    const relay = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${cluster.nodes[0]?.opsPort}/emulation`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-bellwire-session": session, ...headers },
        body: history(2),
      });
    expect((await relay({})).status).toBe(401);
    expect((await relay({ "x-api-key": API_KEY })).status).toBe(204);
    expect((await relay({ "x-api-key": API_KEY, "x-bellwire-session": "guess" })).status).toBe(404);
  });
});

describe("a stream", () => {
  it("whose reader does not read is ended, and does not take more than its share of memory", {
    timeout: 60_000,
  }, async () => {
    await using cluster = await startLimited({
      limits: { slow: { softBytes: 100_000, hardBytes: 400_000, graceMs: 60_000 } },
      transports: { closeMs: 200 },
    });
    const body = [
      JSON.stringify({ id: 1, connect: { token: await cluster.token("ada") } }),
      JSON.stringify({ id: 2, subscribe: { channel: "orders:user#ada" } }),
    ].join("\n");
    const deaf = connect({ port: cluster.nodes[0]?.port ?? 0, host: "127.0.0.1" });
    await once(deaf, "connect");
    deaf.write(
      `POST /connection/http_stream HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    deaf.pause();
    await expect.poll(() => cluster.metric("bellwire_subscriptions"), SOON).toBe(1);
    const cut = () => cluster.metric('bellwire_connections_closed_total{cause="slow"}');
    for (let sent = 0; sent < 400 && (await cut()) === 0; sent += 1)
      await cluster.publish("orders:user#ada", { sent, padding: "x".repeat(60_000) });
    await expect.poll(cut, SOON).toBe(1);
    await expect.poll(() => cluster.metric('bellwire_connections{transport="http_stream"}'), SOON).toBe(0);
    deaf.destroy();
  });

  it("that its client leaves is forgotten", async () => {
    await using cluster = await startNodes(1);
    const client = await openStream(cluster, "ada", [{ id: 2, subscribe: { channel: "orders:user#ada" } }]);
    await client.reply(2);
    client[Symbol.dispose]();
    await expect.poll(() => cluster.metric('bellwire_connections{transport="http_stream"}'), SOON).toBe(0);
    expect(await cluster.metric('bellwire_connections_closed_total{cause="gone"}')).toBe(1);
    expect(await cluster.metric("bellwire_subscriptions")).toBe(0);
  });

  it("is pinged; who does not answer is ended", async () => {
    await using cluster = await startLimited({ limits: { pingSeconds: 2, pongMs: 1_000 } });
    using answering = await openStream(cluster, "ada");
    using silent = await openStream(cluster, "bea");
    const connected = await answering.connected();
    const answered = answering.find((message) => (Object.keys(message).length === 0 ? message : undefined));
    void answered.then(() => emulate(cluster.url(), connected));
    expect(await silent.disconnected()).toEqual({ code: 3012, reason: "no pong" });
    await answered;
    expect(answering.ended).toBe(false);
  });

  it("of a node that drains is told so and ends", async () => {
    const cluster = await startNodes(1);
    using client = await openStream(cluster, "ada");
    await client.connected();
    const stopped = cluster[Symbol.asyncDispose]();
    expect(await client.disconnected()).toEqual({ code: 3001, reason: "shutdown" });
    await client.end();
    await stopped;
  });
});

describe("a page of a foreign origin", () => {
  it.each([
    ["https://evil.example", [], 403],
    ["https://evil.example", ["*"], 101],
    ["https://shop.example", ["https://shop.example"], 101],
    ["http://127.0.0.1:8020", [], 101],
    [undefined, [], 101],
  ] as const)("from %s where %j is allowed gets %i for its WebSocket", async (origin, allowed, status) => {
    await using cluster = await startNodes(1, { BELLWIRE_ALLOWED_ORIGINS: allowed.join(",") });
    const url = cluster.url().replace("http", "ws");
    const socket = new WebSocket(`${url}/connection/websocket`, origin === undefined ? {} : { origin });
    const answered = await Promise.race([
      once(socket, "open").then(() => 101),
      once(socket, "unexpected-response").then(([, answer]) => (answer as { statusCode: number }).statusCode),
    ]);
    expect(answered).toBe(status);
    socket.on("error", () => undefined);
    socket.terminate();
  });
});

/** A node that takes what it is handed, and answers when the test does. */
class SlowNode implements AsyncDisposable {
  readonly node = "slow";
  readonly session = "of-a-slow-node";
  readonly client = "";
  /** Answers that are still owed, the oldest first. */
  readonly owed: ServerResponse[] = [];
  /** Requests whose other side went away before they were answered. */
  left = 0;
  #isSlow = false;
  readonly #server = createServer((_request, response) => {
    if (!this.#isSlow) return response.writeHead(204).end();
    response.on("close", () => {
      if (!response.writableEnded) this.left += 1;
    });
    return this.owed.push(response);
  });

  /** Resolves once the first node of the cluster knows it; slow it is only then. */
  static async join(cluster: TestNodes): Promise<SlowNode> {
    const slow = new SlowNode();
    await once(slow.#server.listen(0, "127.0.0.1"), "listening");
    const { port } = slow.#server.address() as AddressInfo;
    const [record] = await cluster.memory.registry.roster();
    if (record === undefined) throw new Error("the node is not registered");
    await cluster.memory.registry.announce({ ...record, id: slow.node, opsAddress: `127.0.0.1:${port}` });
    await expect.poll(async () => (await emulate(cluster.url(), slow)).status, SOON).toBe(204);
    slow.#isSlow = true;
    return slow;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
