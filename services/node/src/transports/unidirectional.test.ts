import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startNodes, type TestNodes } from "../testing/nodes.ts";
import { type Connected, type Pushed, StreamClient, type StreamMessage } from "../testing/stream-client.ts";

let cluster: TestNodes;
beforeAll(async () => {
  cluster = await startNodes(1);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** A client that only listens, whatever it listens on. */
interface Listener extends Disposable {
  readonly messages: readonly StreamMessage[];
  find<Found>(wanted: (message: StreamMessage) => Found | undefined): Promise<Found>;
  end(): Promise<void>;
}

class SocketListener implements Listener {
  readonly messages: StreamMessage[] = [];
  readonly socket: WebSocket;
  closedWith: { readonly code: number; readonly reason: string } | undefined;

  constructor(url: string, first: string | undefined) {
    this.socket = new WebSocket(url);
    this.socket.on("open", () => first !== undefined && this.socket.send(first));
    this.socket.on("error", () => undefined);
    this.socket.on("close", (code, reason) => {
      this.closedWith = { code, reason: String(reason) };
    });
    this.socket.on("message", (data) => {
      for (const line of String(data).split("\n")) this.messages.push(JSON.parse(line) as StreamMessage);
    });
  }

  async find<Found>(wanted: (message: StreamMessage) => Found | undefined): Promise<Found> {
    const found = () => this.messages.map(wanted).find((one) => one !== undefined);
    await expect.poll(found, { timeout: 5_000, interval: 5 }).toBeDefined();
    return found() as Found;
  }

  async end(): Promise<void> {
    await expect.poll(() => this.closedWith, { timeout: 5_000, interval: 5 }).toBeDefined();
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

const query = (text: string) => `?${new URLSearchParams({ cf_connect: text })}`;
const at = (transport: string) => `${cluster.url()}/connection/${transport}`;
const socketAt = () => at("uni_websocket").replace("http", "ws");

const ways: ReadonlyArray<readonly [string, (text: string) => Promise<Listener>]> = [
  ["uni_sse, by query", (text) => StreamClient.open(`${at("uni_sse")}${query(text)}`)],
  ["uni_sse, by body", (text) => StreamClient.open(at("uni_sse"), { method: "POST", body: text })],
  ["uni_http_stream", (text) => StreamClient.open(at("uni_http_stream"), { method: "POST", body: text })],
  ["uni_websocket, by query", async (text) => new SocketListener(`${socketAt()}${query(text)}`, undefined)],
  ["uni_websocket, by its first message", async (text) => new SocketListener(socketAt(), text)],
];

describe.each(ways)("over %s", (way, listen) => {
  const user = way.replaceAll(/[^a-z]/g, "-");
  const orders = `orders:user#${user}`;
  const request = async (more: object = {}) => JSON.stringify({ token: await cluster.token(user), ...more });
  const published = ({ channel, pub }: StreamMessage) =>
    channel === orders ? (pub as NonNullable<Pushed["pub"]>) : undefined;

  it("the connect push comes first, then bare publications of the channels that it asked for", async () => {
    using listener = await listen(await request({ subs: { [orders]: {} } }));
    const connected = await listener.find(({ connect }) => connect);
    expect(connected).toMatchObject({
      client: expect.any(String),
      ping: 25,
      subs: { [orders]: { recoverable: true } },
    });
    expect(connected).not.toHaveProperty("pong");
    expect(connected).not.toHaveProperty("session");
    await cluster.publish(orders, { step: 1 });
    expect(await listener.find(published)).toEqual({ data: { step: 1 }, offset: expect.any(Number) });
    expect(Object.keys(listener.messages[0] ?? {})).toEqual(["connect"]);
  });

  it("it goes on from where it was, or is told that it cannot", async () => {
    const top = async () => {
      using listener = await listen(await request({ subs: { [orders]: {} } }));
      const { subs = {} } = await listener.find(({ connect }) => connect);
      return subs[orders] as { readonly epoch: string; readonly offset: number };
    };
    const { epoch, offset } = await top();
    for (const step of [7, 8, 9]) await cluster.publish(orders, { step });
    using back = await listen(await request({ subs: { [orders]: { recover: true, epoch, offset } } }));
    const { subs = {} } = await back.find(({ connect }) => connect);
    expect(subs[orders]).toMatchObject({ recovered: true, was_recovering: true, epoch });
    expect(subs[orders]?.publications).toEqual(
      [7, 8, 9].map((step, index) => ({ data: { step }, offset: offset + index + 1 })),
    );
    await cluster.publish(orders, { step: 10 });
    expect(await back.find(published)).toEqual({ data: { step: 10 }, offset: offset + 4 });
    using lost = await listen(await request({ subs: { [orders]: { recover: true, epoch: "other", offset } } }));
    const answer: Connected = await lost.find(({ connect }) => connect);
    expect(answer.subs?.[orders]).not.toHaveProperty("recovered");
    expect(answer.subs?.[orders]).toMatchObject({ was_recovering: true, offset: offset + 4 });
  });

  it("it hears nothing that it may not hear", async () => {
    const wanted = { "orders:user#somebody-else": {}, "$private:x": {}, "nowhere:x": {}, "promo:all": {} };
    using listener = await listen(await request({ subs: wanted }));
    const { subs = {} } = await listener.find(({ connect }) => connect);
    expect(Object.keys(subs)).toEqual(["promo:all"]);
    await cluster.publish("orders:user#somebody-else", { secret: true });
    await cluster.publish("promo:all", { title: user });
    expect(await listener.find(({ pub }) => pub)).toMatchObject({ data: { title: user } });
  });

  it("a disconnect push says why the connection ends", async () => {
    const forged = JSON.stringify({ token: "forged" });
    using listener = await listen(forged);
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({ code: 3500, reason: "invalid token" });
    await listener.end();
    expect(listener.messages).toHaveLength(1);
    using online = await listen(await request());
    await online.find(({ connect }) => connect);
    await cluster.disconnect(user);
    expect(await online.find(({ disconnect }) => disconnect)).toEqual({ code: 3503, reason: "force disconnect" });
    await online.end();
  });

  it("an expired token is a connection that has expired", async () => {
    using listener = await listen(JSON.stringify({ token: await cluster.token(user, -10) }));
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({ code: 3005, reason: "connection expired" });
    await listener.end();
  });
});

describe("what is no connect request", () => {
  it.each(["no JSON", "[]", '{"token":7}', '{"subs":{"a b":{}}}'])("%s is refused", async (text) => {
    for (const transport of ["uni_sse", "uni_http_stream"]) {
      const answer = await fetch(at(transport), { method: "POST", body: text });
      expect(answer.status).toBe(400);
    }
    using listener = new SocketListener(socketAt(), text);
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({ code: 3501, reason: "bad request" });
    await listener.end();
    expect(listener.closedWith).toEqual({ code: 3501, reason: "bad request" });
  });
});

describe("a WebSocket that only listens", () => {
  it("is not listened to after its connect request", async () => {
    using listener = new SocketListener(socketAt(), JSON.stringify({ token: await cluster.token("chatty") }));
    await listener.find(({ connect }) => connect);
    for (const text of ["{}", "nonsense", '{"id":2,"subscribe":{"channel":"orders:user#ada"}}'])
      listener.socket.send(text);
    listener.socket.ping();
    await once(listener.socket, "pong");
    expect(listener.messages).toHaveLength(1);
    expect(listener.closedWith).toBeUndefined();
  });
});

describe("a client that only listens", () => {
  it("is pinged and need not answer; it is ended when its place in a channel cannot be kept", {
    timeout: 30_000,
  }, async () => {
    await using own = await startNodes(1, {}, { limits: { pingSeconds: 2, pongMs: 1_000, positionCheckMs: 1_000 } });
    const body = JSON.stringify({ token: await own.token("ada"), subs: { "orders:user#ada": {} } });
    using listener = await StreamClient.open(`${own.url()}/connection/uni_http_stream`, { method: "POST", body });
    await listener.find(({ connect }) => connect);
    await own.publish("orders:user#ada", { step: 1 });
    await listener.find(({ pub }) => pub);
    const pings = () => listener.messages.filter((message) => Object.keys(message).length === 0).length;
    await expect.poll(pings, { timeout: 15_000 }).toBeGreaterThan(1);
    expect(listener.ended).toBe(false);
    own.memory.wipe();
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({ code: 3010, reason: "insufficient state" });
    await listener.end();
  });

  it("may have only so many channels", async () => {
    await using own = await startNodes(1, {}, { limits: { channelsPerClient: 2 } });
    const subs = Object.fromEntries([1, 2, 3].map((n) => [`promo:seg-${n}`, {}]));
    const body = JSON.stringify({ token: await own.token("ada"), subs });
    using listener = await StreamClient.open(`${own.url()}/connection/uni_http_stream`, { method: "POST", body });
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({ code: 3505, reason: "channel limit" });
  });

  it("comes back later when the store is away, and leaves nothing behind", async () => {
    await using own = await startNodes(1);
    const body = JSON.stringify({ token: await own.token("ada"), subs: { "promo:all": {}, "promo:seg-a": {} } });
    own.memory.fail(Number.POSITIVE_INFINITY);
    using listener = await StreamClient.open(`${own.url()}/connection/uni_http_stream`, { method: "POST", body });
    expect(await listener.find(({ disconnect }) => disconnect)).toEqual({
      code: 3004,
      reason: "internal server error",
    });
    await listener.end();
    own.memory.fail(0);
    await expect.poll(() => own.metric("bellwire_subscriptions")).toBe(0);
  });
});
