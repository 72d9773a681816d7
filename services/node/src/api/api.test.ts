import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Centrifuge } from "centrifuge";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { API_KEY, startNodes, type TestNodes } from "../testing/nodes.ts";

interface Called {
  readonly status: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
  readonly [more: string]: unknown;
}

const folder = mkdtempSync(join(tmpdir(), "bellwire-api-"));
const room = "room:1";
let cluster: TestNodes;
const clients: Centrifuge[] = [];

beforeAll(async () => {
  const path = join(folder, "config.json");
  const rules = { subscribe: "users", publish: "subscribers", historySize: 10, presence: "subscribers" };
  writeFileSync(
    path,
    JSON.stringify({ namespaces: { room: rules, bare: {}, vip: { ...rules, subscribe: "nobody" } } }),
  );
  cluster = await startNodes(2, { BELLWIRE_CONFIG: path });
  const known = async () => expect((await call("info")).result?.nodes).toHaveLength(2);
  await vi.waitFor(known, { timeout: 10_000 });
}, 30_000);
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await cluster?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}, 30_000);

async function call(method: string, request: unknown = {}, more: { headers?: object; node?: number } = {}) {
  const answer = await fetch(`${cluster.url(more.node)}/api/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": API_KEY, ...more.headers },
    body: typeof request === "string" ? request : JSON.stringify(request),
  });
  const text = await answer.text();
  return { status: answer.status, ...(text.startsWith("{") ? JSON.parse(text) : {}) } as Called;
}

/** A client of the official SDK on one of the nodes, with what it was told. */
async function client(user: string, node = 0) {
  const seen: unknown[] = [];
  const sdk = new Centrifuge(`${cluster.url(node).replace("http", "ws")}/connection/websocket`, {
    websocket: WebSocket,
    getToken: () => cluster.token(user),
    minReconnectDelay: 20,
  });
  clients.push(sdk);
  sdk.on("subscribed", ({ channel, data }) => seen.push(["subscribed", channel, data]));
  sdk.on("unsubscribed", ({ channel }) => seen.push(["unsubscribed", channel]));
  sdk.on("publication", ({ channel, data }) => seen.push(["publication", channel, data]));
  sdk.on("disconnected", ({ code }) => seen.push(["disconnected", code]));
  const id = new Promise<string>((resolve) => sdk.on("connected", (context) => resolve(context.client)));
  sdk.connect();
  return { sdk, seen, id: await id };
}

async function subscribed(user: string, channel: string, node = 0) {
  const one = await client(user, node);
  const subscription = one.sdk.newSubscription(channel);
  subscription.subscribe();
  await subscription.ready(5_000);
  return { ...one, subscription };
}

describe("a request", () => {
  it.each([
    ["the key in its header", { "x-api-key": API_KEY }, 200],
    ["the key as authorization", { "x-api-key": undefined, authorization: `apikey ${API_KEY}` }, 200],
    ["a wrong key", { "x-api-key": "wrong" }, 401],
    ["a wrong scheme", { "x-api-key": undefined, authorization: `bearer ${API_KEY}` }, 401],
    ["no key", { "x-api-key": undefined }, 401],
  ])("with %s", async (_name, headers, status) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const answer = await fetch(`${cluster.url()}/api/info`, {
      method: "POST",
      headers: given as Record<string, string>,
    });
    expect(answer.status).toBe(status);
    expect((await answer.text()) === "").toBe(status === 401);
  });

  it("may have the key in its query", async () => {
    expect((await fetch(`${cluster.url()}/api/info?api_key=${API_KEY}`, { method: "POST" })).status).toBe(200);
    expect((await fetch(`${cluster.url()}/api/info?api_key=no`, { method: "POST" })).status).toBe(401);
  });

  it.each(["application/x-www-form-urlencoded", "text/plain"])("is JSON although it is called %s", async (type) => {
    expect((await call("info", {}, { headers: { "content-type": type } })).result).toMatchObject({ nodes: [{}, {}] });
    expect((await call("info", "a=1", { headers: { "content-type": type } })).status).toBe(400);
  });

  it("that is no JSON is answered with 400, an unknown method with 404, a bad field with error 107", async () => {
    expect((await call("publish", "{no json")).status).toBe(400);
    expect((await call("fly")).status).toBe(404);
    const bad = await call("publish", { channel: "a b", data: 1 });
    expect([bad.status, bad.error?.code]).toEqual([200, 107]);
    expect(bad.error?.message).toContain("channel");
  });

  it("may hold nulls for what it leaves out, as some libraries send it", async () => {
    const request = { channel: room, data: null, tags: null, idempotency_key: null, version: null, b64data: null };
    expect((await call("publish", request)).result).toMatchObject({ offset: expect.any(Number) });
  });

  it.each([
    ["publish", { channel: "nowhere:a", data: 1 }, 102, 404],
    ["publish", { channel: room }, 107, 400],
    ["presence", { channel: "bare:a" }, 108, 400],
    ["history", { channel: room, since: { offset: 1, epoch: "another" } }, 112, 416],
    ["publish", { channel: room, data: 1 }, undefined, 200],
  ])("%s %j can have its error %j told by the status %i", async (method, request, code, status) => {
    const answer = await call(method, request, { headers: { "x-centrifugo-error-mode": "transport" } });
    expect([answer.error?.code, answer.status]).toEqual([code, status]);
    expect((await call(method, request)).status).toBe(200);
  });

  it("of a page is not allowed to any origin", async () => {
    const answer = await fetch(`${cluster.url()}/api/info`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("publishing", () => {
  it("reaches clients with data of any kind, tags, and as Base64", async () => {
    const ada = await subscribed("p1", "room:p1", 1);
    const got: unknown[] = [];
    ada.subscription.on("publication", ({ data, tags }) => got.push([data, tags]));
    await call("publish", { channel: "room:p1", data: { a: 1 }, tags: { shop: "1" } });
    await call("publish", { channel: "room:p1", b64data: Buffer.from('"☕"').toString("base64"), delta: true });
    await expect
      .poll(() => got)
      .toEqual([
        [{ a: 1 }, { shop: "1" }],
        ["☕", undefined],
      ]);
  });

  it("again with the same idempotency key answers as the first time and sends nothing", async () => {
    const publish = () => call("publish", { channel: "room:p2", data: 1, idempotency_key: "k" });
    const [first, second] = [await publish(), await publish()];
    expect(second.result).toEqual(first.result);
    expect((await call("history", { channel: "room:p2", limit: -1 })).result?.publications).toHaveLength(1);
  });

  it("drops a version that is not newer, but not one of another epoch", async () => {
    for (const [version, version_epoch] of [
      [2, "a"],
      [1, "a"],
      [2, "a"],
      [1, "b"],
    ] as const)
      await call("publish", { channel: "room:p3", data: `${version}${version_epoch}`, version, version_epoch });
    const { result } = await call("history", { channel: "room:p3", limit: -1 });
    expect(result).toMatchObject({
      publications: [
        { data: "2a", offset: 1 },
        { data: "1b", offset: 2 },
      ],
    });
  });

  it("to many channels has an answer for each", async () => {
    const { result } = await call("broadcast", { channels: ["room:p4", "nowhere:a"], data: 1 });
    expect(result).toMatchObject({ responses: [{ result: { offset: 1 } }, { error: { code: 102 } }] });
  });
});

describe("history", () => {
  it("is removed, while its position goes on", async () => {
    for (const data of [1, 2]) await call("publish", { channel: "room:h1", data });
    expect((await call("history_remove", { channel: "room:h1" })).result).toEqual({});
    expect((await call("history", { channel: "room:h1", limit: -1 })).result).toMatchObject({
      ...{ offset: 2, publications: [] },
    });
    await call("publish", { channel: "room:h1", data: 3 });
    const { result } = await call("history", { channel: "room:h1", limit: 1, reverse: true });
    expect(result).toMatchObject({ publications: [{ data: 3, offset: 3 }] });
    expect((await call("history_remove", { channel: "bare:a" })).error?.code).toBe(108);
    expect((await call("history_remove", { channel: "nowhere:a" })).error?.code).toBe(102);
  });
});

describe("clients on any node, from a call on any node", () => {
  it("are subscribed and unsubscribed, with what came before", async () => {
    const ada = await client("s1", 1);
    await call("publish", { channel: "vip:s1", data: "early" });
    const { epoch } = (await call("history", { channel: "vip:s1" })).result as { readonly epoch: string };
    const request = { user: "s1", channel: "vip:s1", data: { hello: 1 }, recover_since: { offset: 0, epoch } };
    expect((await call("subscribe", request)).result).toEqual({});
    await call("publish", { channel: "vip:s1", data: "late" });
    await expect
      .poll(() => ada.seen)
      .toEqual([
        ["subscribed", "vip:s1", { hello: 1 }],
        ["publication", "vip:s1", "early"],
        ["publication", "vip:s1", "late"],
      ]);
    await call("unsubscribe", { user: "s1", channel: "vip:s1" });
    await expect.poll(() => ada.seen.at(-1)).toEqual(["unsubscribed", "vip:s1"]);
    for (const method of ["subscribe", "unsubscribe"]) {
      expect((await call(method, { user: "s1", channel: "nowhere:a" })).error?.code).toBe(102);
      expect((await call(method, { channel: "vip:s1" })).error?.code).toBe(107);
    }
  });

  it("are shown by presence, with the info of their subscription", async () => {
    const [ada, bob] = [await subscribed("r1", "room:r1", 0), await client("r2", 1)];
    await call("subscribe", { client: bob.id, channel: "room:r1", info: { seat: 7 } });
    await expect
      .poll(async () => (await call("presence", { channel: "room:r1" }, { node: 1 })).result)
      .toEqual({
        presence: {
          [ada.id]: { user: "r1", client: ada.id },
          [bob.id]: { user: "r2", client: bob.id, chan_info: { seat: 7 } },
        },
      });
    expect((await call("presence_stats", { channel: "room:r1" })).result).toEqual({ num_clients: 2, num_users: 2 });
    const { clients: shown } = await ada.subscription.presence();
    expect(shown[bob.id]).toMatchObject({ user: "r2", chanInfo: { seat: 7 } });
  });

  it("are disconnected, but for those that stay", async () => {
    const [stays, goes] = [await client("d1", 0), await client("d1", 1)];
    const request = { user: "d1", whitelist: [stays.id], disconnect: { code: 4500, reason: "bye" } };
    expect((await call("disconnect", request)).result).toEqual({});
    await expect.poll(() => goes.seen).toEqual([["disconnected", 4500]]);
    expect(stays.seen).toEqual([]);
    expect((await call("disconnect", { user: "d1", disconnect: { code: 1, reason: "x" } })).error?.code).toBe(107);
    expect((await call("disconnect", {})).error?.code).toBe(107);
  });

  it("are refreshed, or ended as expired and so connect again", async () => {
    const ada = await client("f1", 1);
    const soon = Math.floor(Date.now() / 1_000) + 600;
    expect((await call("refresh", { user: "f1", expire_at: soon, info: { a: 1 } })).result).toEqual({});
    const again = new Promise((resolve) => ada.sdk.on("connected", resolve));
    expect((await call("refresh", { client: ada.id, expired: true })).result).toEqual({});
    await again;
    expect((await call("refresh", {})).error?.code).toBe(107);
  });

  it("are found by channel pattern, and counted by node", async () => {
    await Promise.all([subscribed("c1", "room:c1", 0), subscribed("c2", "room:c1", 1), subscribed("c3", "room:c3", 1)]);
    expect((await call("channels", { pattern: "room:c*" })).result).toEqual({
      channels: { "room:c1": { num_clients: 2 }, "room:c3": { num_clients: 1 } },
    });
    expect(Object.keys((await call("channels", {}, { node: 1 })).result?.channels ?? {})).toContain("room:c1");
    const { nodes } = (await call("info")).result as { readonly nodes: ReadonlyArray<{ readonly name: string }> };
    expect(nodes.map(({ name }) => name).sort()).toEqual(["node-0", "node-1"]);
  });
});

describe("commands line by line", () => {
  const lines = async (body: string, key = API_KEY) => {
    const headers = { "content-type": "application/json", authorization: `apikey ${key}` };
    const answer = await fetch(`${cluster.url()}/api`, { method: "POST", headers, body });
    const text = await answer.text();
    return {
      status: answer.status,
      replies: text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    };
  };
  const publish = (channel: string) => JSON.stringify({ method: "publish", params: { channel, data: { n: 1 } } });

  it("are answered by a line each, in their order, errors among them", async () => {
    const body = [publish("room:lines"), publish("nowhere:x"), '{"method":"info","params":{}}', '{"method":"no"}', "7"];
    const { status, replies } = await lines(`${body.join("\n")}\n`);
    expect(status).toBe(200);
    expect(replies).toMatchObject([
      { result: { offset: 1, epoch: expect.any(String) } },
      { error: { code: 102 } },
      { result: { nodes: [{}, {}] } },
      { error: { code: 104 } },
      { error: { code: 104 } },
    ]);
  });

  it("need the key, must be JSON, and are a thousand at the most", async () => {
    const info = '{"method":"info"}\n';
    expect((await lines(info, "wrong")).status).toBe(401);
    for (const body of ["", "{", `${info}{`, info.repeat(1_001)]) expect((await lines(body)).status).toBe(400);
    expect((await lines(info.repeat(1_000))).replies).toHaveLength(1_000);
  });
});

describe("a batch", () => {
  it.each([false, true])("answers each command in its order (parallel: %s)", async (parallel) => {
    const commands = [
      { publish: { channel: "room:b", data: 1 } },
      { publish: { channel: "nowhere:a", data: 1 } },
      { fly: {} },
      {},
      { presence_stats: { channel: room } },
      { history: { channel: room, limit: 0 } },
    ];
    const answer = await call("batch", { commands, parallel });
    expect(answer.replies).toMatchObject([
      { publish: { offset: expect.any(Number) } },
      { error: { code: 102 } },
      { error: { code: 104 } },
      { error: { code: 107 } },
      { presence_stats: { num_clients: 0 } },
      { history: { publications: [] } },
    ]);
    expect(answer).not.toHaveProperty("result");
  });

  it("one after the other keeps their order in a channel", async () => {
    const commands = Array.from({ length: 9 }, (_, data) => ({ publish: { channel: "room:b2", data } }));
    await call("batch", { commands });
    const { result } = await call("history", { channel: "room:b2", limit: -1 });
    const kept = result?.publications as ReadonlyArray<{ readonly data: number }> | undefined;
    expect(kept?.map(({ data }) => data)).toEqual([...commands.keys()]);
  });

  it("within a batch, or of too many commands, is refused", async () => {
    expect((await call("batch", { commands: [{ batch: { commands: [] } }] })).replies).toMatchObject([
      { error: { code: 104 } },
    ]);
    expect((await call("batch", { commands: Array(1_001).fill({ info: {} }) })).error?.code).toBe(107);
  });
});

describe("the OpenAPI document", () => {
  it("names every method, and is the committed one: npm run openapi in services/node makes it so", async () => {
    const served = (await (await fetch(`${cluster.url()}/api/openapi.json`)).json()) as { readonly paths: object };
    expect(served).toEqual(JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8")));
    expect(Object.keys(served.paths)).toHaveLength(14);
  });
});
