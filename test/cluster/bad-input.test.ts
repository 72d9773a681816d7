import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { createTokenSigner } from "@bellwire/auth";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { Cluster } from "./cluster.ts";

const [backend] = inject("backends");
let cluster: Cluster;
beforeAll(async () => {
  if (backend === undefined) throw new Error("no backend");
  cluster = await Cluster.start(backend, { nodes: 1 });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe("a client", () => {
  it.each([
    [
      "a forged token",
      async () => ({
        id: 1,
        connect: { token: await createTokenSigner("another-secret")({ sub: "ada", ttlSeconds: 60 }) },
      }),
      3500,
      "invalid token",
    ],
    ["no token", async () => ({ id: 1, connect: {} }), 3501, "bad request"],
    ["no JSON", async () => "hello", 3501, "bad request"],
    ["nothing", async () => "", 3501, "bad request"],
    ["a subscribe first", async () => ({ id: 1, subscribe: { channel: "promo:all" } }), 3501, "bad request"],
    ["a frame of 100 KB", async () => "x".repeat(100_000), 1009, ""],
  ])("that sends %s is closed with %s", async (_name, frame, code, reason) => {
    const socket = await open();
    const message = await frame();
    socket.send(typeof message === "string" ? message : JSON.stringify(message));
    const [given, why] = (await once(socket, "close")) as [number, Buffer];
    expect([given, String(why)]).toEqual([code, reason]);
  });

  it("with an expired token is told so, and may come back with a new one", async () => {
    const socket = await open();
    socket.send(
      JSON.stringify({
        id: 1,
        connect: { token: await createTokenSigner("the-secret-of-a-test-cluster")({ sub: "ada", ttlSeconds: -10 }) },
      }),
    );
    const [message] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(String(message))).toEqual({ id: 1, error: { code: 109, message: "token expired" } });
    socket.terminate();
  });

  it("that asks for another path is refused before any socket is built", async () => {
    const socket = new WebSocket(cluster.websocketUrl.replace("/connection/websocket", "/connection/other"));
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, import("node:http").IncomingMessage];
    expect(response.statusCode).toBe(404);
    expect(await text(response)).toMatch(/./);
    socket.on("error", () => undefined).terminate();
  });
});

describe("an upgrade whose target is no URL", () => {
  it.each(["//", "//[", "http://[", "*"])("%s is refused, and the node lives on", async (target) => {
    const [node] = cluster.nodes;
    const socket = connect(node?.port ?? 0, "127.0.0.1");
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect((await fetch(`http://127.0.0.1:${node?.opsPort}/live`)).status).toBe(200);
  });
});

describe("a node that has what all must have alike otherwise", () => {
  it("is told of in the log and as a metric, by itself and by the others, for as long as it is there", async () => {
    const [first] = cluster.nodes;
    const second = await cluster.startNode("renews", { BELLWIRE_AFTER_REDIS_RESTART: "renew" });
    const differing = async (opsPort = 0) => {
      const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
      return metrics.match(/^bellwire_settings_differ\{.*\} \d+$/gm);
    };
    const one = ['bellwire_settings_differ{setting="BELLWIRE_AFTER_REDIS_RESTART"} 1'];
    const none = ['bellwire_settings_differ{setting="namespaces"} 0'];
    for (const node of [first, second]) {
      await expect.poll(() => differing(node?.opsPort), { timeout: 10_000 }).toEqual([...one, ...none]);
      await expect
        .poll(() => node?.log.filter((line) => line.includes('"setting":"BELLWIRE_AFTER_REDIS_RESTART"')).length)
        .toBe(1);
    }
    expect(await second.signal("SIGTERM")).toBe(0);
    await expect.poll(async () => (await differing(first?.opsPort))?.join()).not.toContain(one[0]);
  });
});

describe("the server API", () => {
  it("answers 401 without the key, whatever the body", async () => {
    expect(await cluster.api("publish", { channel: "promo:all", data: 1 }, { key: "wrong" })).toEqual({ status: 401 });
  });

  it("answers 400 to a body that is no JSON", async () => {
    const answer = await fetch(`${cluster.url}/api/publish`, {
      method: "POST",
      headers: { "x-api-key": "the-key-of-a-test-cluster", "content-type": "application/json" },
      body: "{",
    });
    expect(answer.status).toBe(400);
  });

  it.each([
    ["publish", { data: 1 }, 107, /channel/],
    ["publish", { channel: "promo:all" }, 107, /data/],
    ["publish", { channel: "promo:a b", data: 1 }, 107, /ASCII/],
    ["publish", { channel: "nowhere:x", data: 1 }, 102, /unknown channel/],
    [
      "publish",
      { channel: "promo:all", data: 1, tags: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [n, ""])) },
      107,
      /tags.*32/,
    ],
    ["publish", { channel: "promo:all", data: "x".repeat(70_000) }, 106, /65536/],
    ["publish", { channel: "promo:all", b64data: "bm90IGpzb24=" }, 107, /b64data/],
    ["broadcast", { channels: [], data: 1 }, 107, /channels/],
    ["disconnect", {}, 107, /user, client or session/],
    ["disconnect", { user: "a", disconnect: { code: 1000, reason: "x" } }, 107, /3000 to 4999/],
    ["history", { channel: "promo:all", limit: -2 }, 107, /limit/],
    ["history", { channel: "nowhere:x" }, 102, /unknown channel/],
  ])("%s %j is answered with error %i", async (method, body, code, message) => {
    const { status, error } = await cluster.api(method, body);
    expect([status, error?.code]).toEqual([200, code]);
    expect(error?.message).toMatch(message);
  });

  it("publishes, broadcasts, and tells history, nodes and disconnects in the shapes of the protocol", async () => {
    const published = await cluster.api<{ offset: number; epoch: string }>("publish", {
      channel: "product:p1",
      data: { price: 1 },
      tags: { a: "b" },
    });
    expect(published.result).toEqual({ offset: 1, epoch: expect.any(String) });
    const broadcast = await cluster.api("broadcast", { channels: ["product:p1", "nowhere:x"], data: { price: 2 } });
    expect(broadcast.result).toEqual({
      responses: [
        { result: { offset: 2, epoch: published.result?.epoch } },
        { error: { code: 102, message: "unknown channel" } },
      ],
    });
    const history = await cluster.api("history", { channel: "product:p1", limit: -1 });
    expect(history.result).toEqual({
      publications: [
        { data: { price: 1 }, offset: 1, tags: { a: "b" } },
        { data: { price: 2 }, offset: 2 },
      ],
      offset: 2,
      epoch: published.result?.epoch,
    });
    const { result } = await cluster.api<{ nodes: object[] }>("info", {});
    expect(result?.nodes).toEqual([
      expect.objectContaining({ name: "node-1", num_clients: expect.any(Number), uptime: expect.any(Number) }),
    ]);
    expect((await cluster.api("disconnect", { user: "nobody" })).result).toEqual({});
  });
});

describe("a bad configuration stops the start and names the variable", () => {
  const good = {
    BELLWIRE_TOKEN_SECRET: "a-long-secret",
    BELLWIRE_API_KEY: "a-long-key",
    BELLWIRE_REDIS_URL: "redis://127.0.0.1:1",
    BELLWIRE_AMQP_URL: "amqp://127.0.0.1:1",
  };
  it.each([
    ["node", "BELLWIRE_NODE_PORT", { BELLWIRE_NODE_PORT: "eighty" }],
    ["node", "BELLWIRE_TOKEN_SECRET", { BELLWIRE_TOKEN_SECRET: "" }],
    ["node", "BELLWIRE_REDIS_URL", { BELLWIRE_REDIS_URL: "not a url" }],
    ["node", "BELLWIRE_CONFIG", { BELLWIRE_CONFIG: "/no/such/file.json" }],
    ["node", "BELLWIRE_API_KEY", { BELLWIRE_API_KEY: "bellwire-dev-key", NODE_ENV: "production" }],
    ["storefront", "BELLWIRE_TOKEN_SECRET", { BELLWIRE_TOKEN_SECRET: "bellwire-dev-secret", NODE_ENV: "production" }],
    ["balancer", "BELLWIRE_BALANCER_STRATEGY", { BELLWIRE_BALANCER_STRATEGY: "magic" }],
    ["producer", "BELLWIRE_PRODUCER_PORT", { BELLWIRE_PRODUCER_PORT: "99999" }],
  ])("%s: %s", async (service, variable, env) => {
    const main = `${import.meta.dirname}/../../services/${service}/src/main.ts`;
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH ?? "", ...good, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[code], out, errors] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
    expect(code).toBe(1);
    expect(out + errors).toContain(variable);
  });
});

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(cluster.websocketUrl);
  await once(socket, "open");
  return socket;
}
