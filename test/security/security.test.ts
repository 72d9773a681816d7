import { createTokenSigner } from "@bellwire/auth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "./raw-client.ts";
import { API_KEY, FEW, SECRET, Stage } from "./stage.ts";
import { good, inSeconds, keys, rsaPem, sealed, signed, unsigned } from "./tokens.ts";

let stage: Stage;
/** Every token that a node was shown: none of them may be found in its log. */
const shown: string[] = [];
beforeAll(async () => {
  stage = await Stage.start();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** What a connect with this token is answered with: its user's client, an error's code, or a close's. */
async function connectWith(token: string): Promise<"connected" | number> {
  shown.push(token);
  const client = await RawClient.open(stage.websocketUrl);
  if (typeof client === "number") return client;
  using open = client;
  const answer = await open.say("connect", { token });
  if ("connect" in answer) return "connected";
  return "code" in answer ? (answer.code as number) : ((answer.error as { code: number }).code ?? 0);
}

const { privateKey } = keys.rsa;
const ada = good("ada");

describe("a token", () => {
  it.each([
    ["of a known public key", () => signed(ada)],
    ["of a published key", () => signed(ada, keys.published.privateKey, { alg: "EdDSA", kid: "1" })],
    ["of the secret", () => sealed(ada, SECRET)],
  ])("%s opens a connection", async (_name, make) => {
    expect(await connectWith(make())).toBe("connected");
  });

  it.each([
    ["is not signed", () => unsigned(ada)],
    ["is not signed, in other letters", () => unsigned(ada, "NoNe")],
    ["is not signed, and says nothing of it", () => unsigned(ada, "")],
    ["is signed with the public key as a secret", () => sealed(ada, rsaPem)],
    [
      "is signed with the public key's bytes as a secret",
      () => sealed(ada, keys.rsa.publicKey.export({ type: "spki", format: "der" })),
    ],
    ["says RS256 and is signed with the secret", () => sealed(ada, SECRET, { alg: "RS256" })],
    ["says HS256 and is signed with the private key", () => signed(ada, privateKey, { alg: "HS256" })],
    ["is signed with another algorithm of the same key", () => signed(ada, privateKey, { alg: "RS512" })],
    ["is signed with a key that nobody knows", () => signed(ada, keys.unknown.privateKey)],
    [
      "brings its own key",
      () =>
        signed(ada, keys.unknown.privateKey, { alg: "RS256", jwk: keys.unknown.publicKey.export({ format: "jwk" }) }),
    ],
    [
      "says where its key is",
      () =>
        signed(ada, keys.unknown.privateKey, {
          alg: "RS256",
          jku: `${stage.providerUrl}/mine`,
          x5u: `${stage.providerUrl}/mine`,
        }),
    ],
    ["names a file as its key", () => signed(ada, keys.unknown.privateKey, { alg: "RS256", kid: "../../../dev/null" })],
    ["wants an extension understood", () => signed(ada, privateKey, { alg: "RS256", crit: ["exp"] })],
    ["is meant for somebody else", () => signed({ ...ada, aud: "shop-admin" })],
    ["is meant for nobody", () => signed({ sub: "ada", iss: "shop" })],
    ["comes from somebody else", () => signed({ ...ada, iss: "https://evil.example" })],
    ["is for a subscription", () => signed({ ...ada, channel: "orders:user#ada" })],
    ["has a user with a line break", () => signed({ ...ada, sub: 'ada\n{"level":60,"msg":"pwned"}' })],
    ["has a user that is no text", () => signed({ ...ada, sub: ["ada"] })],
    ["has an end that is no number", () => signed({ ...ada, exp: "never" })],
    ["was cut", () => signed(ada).slice(0, -3)],
    [
      "was changed",
      () => signed(ada).replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(good("bob"))).toString("base64url")}.`),
    ],
  ])("that %s is refused for good", async (_name, make) => {
    expect(await connectWith(make())).toBe(3500);
    expect(stage.fetched.filter((path) => path !== "/keys")).toEqual([]);
  });

  it.each([
    ["has expired", { exp: inSeconds(-1) }],
    ["is not valid yet", { nbf: inSeconds(600) }],
  ])("that %s is refused until there is a new one", async (_name, claims) => {
    expect(await connectWith(signed({ ...ada, ...claims }))).toBe(109);
  });

  it("without signature refreshes nothing either, and another user's ends the connection", async () => {
    for (const token of [unsigned(ada), signed(good("bob"))]) {
      using client = await stage.as("ada");
      expect(await client.say("refresh", { token })).toMatchObject({ code: 3500 });
    }
  });
});

describe("a page of another origin", () => {
  it.each([
    ["https://evil.example", 403],
    ["https://shop.example.evil.example", 403],
    ["null", 403],
  ])("%s is refused before any socket is built", async (origin, status) => {
    expect(await RawClient.open(stage.websocketUrl, { origin })).toBe(status);
    const answer = await fetch(`${stage.url}/connection/sse`, { method: "POST", headers: { origin }, body: "{}" });
    expect(answer.status).toBe(status);
  });

  it("that is allowed is let in", async () => {
    const client = await RawClient.open(stage.websocketUrl, { origin: "https://shop.example" });
    expect(client).toBeInstanceOf(RawClient);
    if (typeof client !== "number") client[Symbol.dispose]();
  });
});

describe("another user's channel", () => {
  const OF_BOB = "orders:user#bob";

  it.each([
    ...[OF_BOB, "orders:user#bob,", "orders:user#,bob", "orders:user#Ada", "orders:user#ada#bob", "orders:#bob"],
    ...[
      "$orders:user#bob",
      "$orders:user#ada",
      "orders:user",
      "orders:",
      ":user#ada",
      "__proto__:x#ada",
      "club:}#bob{",
    ],
    ...[
      "orders:user#ada\n",
      "orders:user#ada ",
      "orders:user#ada\u0000",
      " orders:user#ada",
      "orders:user#ad\u0430",
      "",
    ],
    ...[`club:${"x".repeat(251)}`, "constructor:x", "nowhere:x"],
  ])("is not reached by the name %j", async (channel) => {
    using client = await stage.as("ada");
    for (const method of ["subscribe", "history", "presence", "presence_stats", "publish", "sub_refresh"]) {
      const answer = await client.say(method, { channel, data: 1, token: "x" });
      expect(answer, method).toHaveProperty("error");
      expect([102, 103, 107, 108]).toContain((answer as { error: { code: number } }).error.code);
    }
  });

  it("is not read, written or watched by any command, while its owner does all of it", async () => {
    using bob = await stage.as("bob");
    using eve = await stage.as("eve");
    expect(await bob.say("subscribe", { channel: OF_BOB })).toHaveProperty("subscribe");
    await stage.publish(OF_BOB, { status: "shipped" });
    const token = signed({ ...good("eve"), channel: OF_BOB });
    const forBob = signed({ ...good("bob"), channel: "club:x" });
    shown.push(token, forBob);
    for (const [method, request] of [
      ["subscribe", { recover: true, epoch: "", offset: 0 }],
      ["subscribe", { token }],
      ["history", { limit: -1 }],
      ["presence", {}],
      ["presence_stats", {}],
      ["publish", { data: { status: "refunded" } }],
    ] as const) {
      expect(await eve.say(method, { channel: OF_BOB, ...request }), method).toMatchObject({ error: { code: 103 } });
      if (method !== "subscribe")
        expect(await bob.say(method, { channel: OF_BOB, ...request }), method).toHaveProperty(method);
    }
    expect(await eve.say("connect", { subs: { [OF_BOB]: { recover: true } } })).toMatchObject({ code: 3501 });
    expect(JSON.stringify(eve.heard)).not.toContain("shipped");
    using mallory = await stage.as("mallory");
    expect(await mallory.say("subscribe", { channel: "club:x", token: forBob })).toMatchObject({ code: 3500 });
  });

  it("is not asked for with the connect command either", async () => {
    const client = await RawClient.open(stage.websocketUrl);
    if (typeof client === "number") throw new Error(`refused with ${client}`);
    using eve = client;
    const answer = await eve.say("connect", { token: signed(good("eve")), subs: { [OF_BOB]: { recover: true } } });
    expect(answer).toMatchObject({ connect: { client: expect.any(String) } });
    expect(JSON.stringify(answer)).not.toContain("bob");
    const request = encodeURIComponent(JSON.stringify({ token: signed(good("eve")), subs: { [OF_BOB]: {} } }));
    const stop = AbortSignal.timeout(1_000);
    const stream = await fetch(`${stage.url}/connection/uni_sse?cf_connect=${request}`, { signal: stop });
    const [first] = stream.status === 200 ? await firstOf(stream) : [""];
    expect(first).not.toContain("#bob");
  });

  it("is not reached through somebody else's stream: its session is a secret", async () => {
    const body = JSON.stringify({ id: 1, connect: { token: signed(good("bob")) } });
    const stop = new AbortController();
    const stream = await fetch(`${stage.url}/connection/http_stream`, { method: "POST", body, signal: stop.signal });
    const [text] = await firstOf(stream);
    const { connect } = JSON.parse(text ?? "") as { connect: { session: string; node: string; client: string } };
    expect(connect.session.length).toBeGreaterThanOrEqual(22);
    const say = (session: string) =>
      stage.post("/emulation", { session, node: connect.node, data: '{"id":2,"subscribe":{"channel":"club:x"}}' });
    const almost = `${connect.session.slice(0, -1)}${connect.session.endsWith("A") ? "B" : "A"}`;
    for (const guess of [almost, connect.client, "", "*", "__proto__", "0".repeat(connect.session.length)])
      expect((await say(guess)).status, guess).toBeGreaterThanOrEqual(400);
    expect((await say(connect.session)).status).toBe(204);
    stop.abort();
  });
});

describe("the server API", () => {
  it.each([
    ["no key", {}],
    ["an empty key", { "x-api-key": "" }],
    ["another key", { "x-api-key": "the-key-of-these-testz" }],
    ["a part of the key", { "x-api-key": API_KEY.slice(0, -1) }],
    ["a client's token", { authorization: `Bearer ${signed(ada)}` }],
    ["the key under another scheme", { authorization: `Bearer ${API_KEY}` }],
  ])("with %s does nothing", async (_name, headers) => {
    for (const method of [
      "publish",
      "broadcast",
      "history",
      "disconnect",
      "info",
      "subscribe",
      "presence",
      "batch",
      "channels",
    ])
      expect(
        (await stage.post(`/api/${method}`, { channel: "orders:user#bob", data: 1 }, headers)).status,
        method,
      ).toBe(401);
  });

  it("keeps what is for operators off the clients' port, and asks for the key where it changes something", async () => {
    for (const path of ["/metrics", "/ready", "/shed"]) expect((await fetch(`${stage.url}${path}`)).status).toBe(404);
    const ops = `http://127.0.0.1:${stage.node.opsPort}`;
    for (const path of ["/shed", "/emulation"])
      expect((await fetch(`${ops}${path}`, { method: "POST" })).status).toBe(401);
  });
});

describe("before anybody has said who it is", () => {
  it("a silent connection ends with 3502", async () => {
    const client = await RawClient.open(stage.websocketUrl);
    if (typeof client === "number") throw new Error(`refused with ${client}`);
    expect(await client.closed).toMatchObject({ code: 3502 });
  });

  it.each([
    ["a frame of 100 KB", "x".repeat(100_000), 1009],
    [
      "thousands of commands in one frame",
      Array(5_000).fill('{"id":1,"history":{"channel":"a"}}').join("\n").slice(0, 60_000),
      3501,
    ],
    ["JSON that is nested deeply", `{"id":1,"connect":{"data":${"[".repeat(30_000)}`, 3501],
    ["no text at all", Buffer.from([0xff, 0xfe, 0x00]), 3501],
  ])("%s ends the connection with its code", async (_name, frame, code) => {
    const client = await RawClient.open(stage.websocketUrl);
    if (typeof client === "number") throw new Error(`refused with ${client}`);
    client.socket.send(frame);
    expect(await client.closed).toMatchObject({ code });
  });

  it("a token that is too long is refused unread", async () => {
    expect(await connectWith(`${"e".repeat(9_000)}.e30.e30`)).toBe(107);
  });

  it("connections beyond the limit are refused with 503, and let in again when there is room", async () => {
    const open = await Promise.all(Array.from({ length: FEW + 5 }, () => RawClient.open(stage.smallUrl)));
    expect(open.filter((one) => one === 503)).toHaveLength(5);
    const clients = open.filter((one) => typeof one !== "number");
    for (const client of clients) client[Symbol.dispose]();
    await expect.poll(() => RawClient.open(stage.smallUrl), { timeout: 5_000 }).toBeInstanceOf(RawClient);
  });

  it("tokens with keys that nobody knows do not send the node to its key set again and again", async () => {
    const { privateKey: key } = keys.unknown;
    const tokens = Array.from({ length: 100 }, (_, index) => signed(ada, key, { alg: "EdDSA", kid: `guess-${index}` }));
    for (const token of tokens) expect(await connectWith(token)).toBe(3500);
    expect(stage.fetched.length).toBeLessThanOrEqual(2);
  });
});

describe("the log of a node", () => {
  it("holds one JSON object a line whatever was said, and neither a secret nor a token", async () => {
    const evil = 'x\n{"level":60,"msg":"pwned"}\r\n';
    const client = await RawClient.open(stage.websocketUrl, { "user-agent": encodeURIComponent(evil) });
    if (typeof client === "number") throw new Error(`refused with ${client}`);
    client.socket.send(
      JSON.stringify({ id: 1, connect: { token: evil, name: evil.slice(0, 60), version: evil, data: evil } }),
    );
    await client.closed;
    await stage.post("/api/publish", { channel: evil, data: evil }, { "x-api-key": API_KEY });
    await stage.post("/api/disconnect", { user: evil }, { "x-api-key": API_KEY });
    await fetch(`${stage.url}/${encodeURIComponent(evil)}?api_key=${API_KEY}`);
    await stage.post("/emulation", { session: evil, node: evil, data: evil });
    const token = await createTokenSigner(SECRET)({ sub: "ada", ttlSeconds: 60 });
    expect(await connectWith(token)).toBe(3500);

    const { node } = stage;
    await node[Symbol.asyncDispose]();
    const { log } = node;
    expect(log.length).toBeGreaterThan(0);
    for (const line of log) expect(JSON.parse(line)).not.toMatchObject({ msg: "pwned" });
    const text = log.join("\n");
    for (const secret of [SECRET, API_KEY, ...shown.filter((one) => one.length > 20)])
      expect(text).not.toContain(secret);
  });
});

/** The first chunk of a stream. */
async function firstOf(response: Response): Promise<readonly string[]> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  return new TextDecoder().decode(value).split("\n");
}
