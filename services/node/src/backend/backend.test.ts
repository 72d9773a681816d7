import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startNodes } from "../testing/nodes.ts";
import { SocketClient } from "../testing/socket-client.ts";
import { StreamClient } from "../testing/stream-client.ts";

interface Question {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}
/** What a backend answers: JSON, text as it is, a status, or never. */
type Answering = (question: Question) => object | string | number | undefined;

/** A shop's backend, and a node that asks it. */
async function startShop(answer: Answering, proxy: object = {}) {
  const questions: Question[] = [];
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    sockets.add(request.socket);
    const body = (await json(request)) as Question["body"];
    const question = { path: request.url ?? "", headers: request.headers, body };
    questions.push(question);
    const given = answer(question);
    if (given === undefined) return;
    response.writeHead(typeof given === "number" ? given : 200, { location: "/connect" });
    response.end(typeof given === "object" ? JSON.stringify(given) : String(given));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const at = (path: string) => ({ url: `http://127.0.0.1:${port}/${path}`, ...proxy });
  const file = join(mkdtempSync(join(tmpdir(), "bellwire-backend-")), "config.json");
  const settings = {
    namespaces: { club: { subscribe: "backend", publish: "backend", historySize: 10 } },
    proxies: { connect: at("connect"), subscribe: at("subscribe"), publish: at("publish"), rpc: at("rpc") },
  };
  writeFileSync(file, JSON.stringify(settings));
  const nodes = await startNodes(1, { BELLWIRE_CONFIG: file });
  return {
    ...{ questions, sockets, nodes },
    async [Symbol.asyncDispose]() {
      await nodes[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a client without a token", () => {
  it("is who the backend says it is", { timeout: 20_000 }, async () => {
    const result = {
      ...{ user: "ada", info: { name: "Ada" }, data: { hello: 1 }, meta: { tier: 2 } },
      channels: ["orders:user#ada"],
    };
    await using shop = await startShop(({ path }) => ({ result: path === "/connect" ? result : {} }));
    using client = await SocketClient.open(shop.nodes.url());
    const reply = await client.call("connect", { name: "page", version: "1", data: { page: 7 } });
    expect(reply).toMatchObject({
      connect: { data: { hello: 1 }, subs: { "orders:user#ada": { recoverable: true } } },
    });
    const { client: id } = reply.connect as { readonly client: string };
    expect(shop.questions).toMatchObject([
      {
        path: "/connect",
        body: {
          ...{ client: id, transport: "websocket", protocol: "json", encoding: "json" },
          ...{ name: "page", version: "1", data: { page: 7 } },
        },
      },
    ]);
    await client.call("rpc", { method: "cart", data: [1] });
    expect(shop.questions.at(-1)?.body).toMatchObject({ user: "ada", meta: { tier: 2 }, method: "cart", data: [1] });
  });

  it("with a token is not asked about", async () => {
    await using shop = await startShop(() => ({ result: { user: "eve" } }));
    using client = await SocketClient.open(shop.nodes.url());
    await client.call("connect", { token: await shop.nodes.token("ada") });
    expect(await client.call("subscribe", { channel: "orders:user#ada" })).toHaveProperty("subscribe");
    expect(shop.questions).toEqual([]);
  });

  it.each([
    [
      "an error of its own",
      { error: { code: 403, message: "closed", temporary: true } },
      { error: { code: 403, temporary: true } },
    ],
    ["the end of the connection", { disconnect: { code: 4_500, reason: "account closed" } }, { code: 4_500 }],
    [
      "a reason that is no words",
      { disconnect: { code: 4_500, reason: '{"reconnect":true}' } },
      { error: { code: 100 } },
    ],
    ["an error that is the protocol's", { error: { code: 109, message: "x" } }, { error: { code: 100 } }],
    ["a user that cannot be one", { result: { user: "a\nb" } }, { error: { code: 100 } }],
    ["no JSON", "<html>", { error: { code: 100 } }],
    ["another status", 500, { error: { code: 100, temporary: true } }],
    ["a redirect", 307, { error: { code: 100 } }],
    ["more than is read", `{"result":{"user":"ada"},"x":"${"x".repeat(300)}"}`, { error: { code: 100 } }],
    ["nothing in time", undefined, { error: { code: 100, temporary: true } }],
  ])("to which the backend answers %s is told so", async (_name, answer, told) => {
    await using shop = await startShop(() => answer, { timeoutMs: 300, answerBytes: 256 });
    using client = await SocketClient.open(shop.nodes.url());
    expect(await client.call("connect")).toMatchObject(told);
  });
});

describe("a namespace whose backend decides", () => {
  it("subscribes and publishes as the backend says", async () => {
    await using shop = await startShop(({ path, body }) => {
      if (path === "/subscribe" && body.channel === "club:closed") return { error: { code: 403, message: "no" } };
      if (path === "/subscribe") return { result: { info: { seat: 1 }, data: "welcome" } };
      return { result: { data: { said: body.data } } };
    });
    using client = await SocketClient.open(shop.nodes.url());
    await client.call("connect", { token: await shop.nodes.token("ada") });
    expect(await client.call("subscribe", { channel: "club:closed" })).toMatchObject({ error: { code: 403 } });
    expect(await client.call("subscribe", { channel: "club:open" })).toMatchObject({ subscribe: { data: "welcome" } });
    expect(await client.call("publish", { channel: "club:open", data: "hi" })).toHaveProperty("publish");
    const pub = { data: { said: "hi" }, offset: 1, info: { user: "ada", chan_info: { seat: 1 } } };
    await expect.poll(() => client.heard.at(-1)?.push ?? client.heard.at(-2)?.push).toMatchObject({ pub });
  });

  it("never asks about another user's channel", async () => {
    await using shop = await startShop(() => ({ result: {} }));
    using client = await SocketClient.open(shop.nodes.url());
    await client.call("connect", { token: await shop.nodes.token("ada") });
    for (const method of ["subscribe", "publish"])
      expect(await client.call(method, { channel: "club:x#bob", data: 1 })).toMatchObject({ error: { code: 103 } });
    expect(shop.questions).toEqual([]);
  });
});

describe("headers", () => {
  it("are passed on where they are allowed; a page may say them in its connect, but not where it comes from", async () => {
    const allowed = { headers: ["cookie", "x-cart", "x-forwarded-for"], staticHeaders: { authorization: "Bearer us" } };
    await using shop = await startShop(() => ({ result: { user: "ada" } }), allowed);
    const sent = { cookie: "session=1", "x-other": "2", authorization: "Bearer theirs" };
    using client = await SocketClient.open(shop.nodes.url(), sent);
    const said = { "X-Cart": "3", Cookie: "session=stolen", "X-Forwarded-For": "6.6.6.6", "x-other": "4" };
    await client.call("connect", { headers: said });
    await client.call("rpc", { method: "cart" });
    for (const { headers } of shop.questions) {
      expect(headers).toMatchObject({ cookie: "session=1", "x-cart": "3", authorization: "Bearer us" });
      expect(headers).not.toHaveProperty("x-other");
      expect(headers).not.toHaveProperty("x-forwarded-for");
    }
  });

  it.each([
    ["http_stream", "POST"],
    ["sse", "GET"],
    ["uni_http_stream", "POST"],
    ["uni_sse", "GET"],
    ["uni_sse", "POST"],
    ["uni_websocket", "GET"],
  ] as const)("are those of the request on %s by %s too, where they are allowed", async (transport, method) => {
    await using shop = await startShop(() => ({ result: { user: "ada" } }), { headers: ["cookie", "x-cart"] });
    const said = { headers: { "X-Cart": "3", Cookie: "session=stolen", "x-other": "4" } };
    const first = JSON.stringify(transport.startsWith("uni_") ? said : { id: 1, connect: said });
    const url = new URL(`${shop.nodes.url()}/connection/${transport}`);
    if (method === "GET") url.searchParams.set("cf_connect", first);
    const headers = { cookie: "session=1", "x-other": "2" };
    using _client =
      transport === "uni_websocket"
        ? socketAt(url, headers)
        : await StreamClient.open(url.href, { method, headers, ...(method === "POST" && { body: first }) });
    await expect.poll(() => shop.questions.length, { timeout: 8_000 }).toBe(1);
    expect(shop.questions).toMatchObject([{ body: { transport }, headers: { cookie: "session=1", "x-cart": "3" } }]);
    expect(shop.questions[0]?.headers).not.toHaveProperty("x-other");
  });
});

describe("a backend that is slow", () => {
  it("is asked so much at once, so much waits, and the rest is told to try again; connections to it are kept", async () => {
    const proxy = { concurrency: 2, queue: 3, timeoutMs: 10_000 };
    await using shop = await startShop(() => ({ result: {} }), proxy);
    using client = await SocketClient.open(shop.nodes.url());
    await client.call("connect", { token: await shop.nodes.token("ada") });
    for (let round = 0; round < 5; round += 1) await client.call("rpc", { method: "cart" });
    expect(shop.sockets.size).toBeLessThanOrEqual(2);
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.call("rpc", { method: "cart" })));
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(5);
    expect(answers.filter(({ error }) => error?.code === 100)).toHaveLength(5);
    expect(await shop.nodes.metric('bellwire_proxy_requests_total{proxy="rpc",outcome="full"}')).toBe(5);
    expect(await shop.nodes.metric('bellwire_proxy_requests_total{proxy="rpc",outcome="result"}')).toBe(10);
  });
});

function socketAt(url: URL, headers: Readonly<Record<string, string>>): Disposable {
  const socket = new WebSocket(url.href.replace("http", "ws"), { headers });
  socket.on("error", () => undefined);
  return { [Symbol.dispose]: () => socket.terminate() };
}
