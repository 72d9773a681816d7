import { describe, expect, it } from "vitest";
import { createWorld } from "./fixture.ts";

describe("a connection", () => {
  it("says who is served where, and asks for pongs", async () => {
    using world = createWorld();
    const reply = await world.client(world.node("node-1")).call("connect", { token: "ada" });
    expect(reply).toEqual({
      id: 1,
      connect: { client: "client-1", version: "test", ping: 25, pong: true, data: { node: "node-1" } },
    });
  });

  it("must begin with connect", () => {
    using world = createWorld();
    const client = world.client(world.node("node-1"));
    client.raw('{"id":1,"subscribe":{"channel":"promo:all"}}');
    expect(client.closedWith).toEqual({ code: 3501, reason: "bad request" });
  });

  it("ends at a second connect", async () => {
    using world = createWorld();
    const client = await world.client(world.node("node-1")).connected("ada");
    client.raw('{"id":9,"connect":{"token":"ada"}}');
    expect(client.closedWith?.code).toBe(3501);
  });

  it("holds back what is sent in the same frame until the token has been checked, and then does it in order", async () => {
    using world = createWorld();
    const client = world.client(world.node("node-1"));
    client.raw(
      '{"id":1,"connect":{"token":"slow:ada"}}',
      '{"id":2,"subscribe":{"channel":"orders:user#ada"}}',
      '{"id":3,"subscribe":{"channel":"promo:all"}}',
    );
    await client.reply(3);
    expect(client.messages.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it.each([
    ["an expired token is told so and may come back", "expired", 109, undefined],
    ["a forged token ends the connection for good", "forged", undefined, 3500],
  ])("with %s", async (_name, token, error, close) => {
    using world = createWorld();
    const client = world.client(world.node("node-1"));
    client.raw(`{"id":1,"connect":{"token":"${token}"}}`);
    await expect.poll(() => client.messages[0]?.error?.code ?? client.closedWith?.code).toBe(error ?? close);
    client.raw('{"id":2,"subscribe":{"channel":"promo:all"}}');
    expect(client.closedWith?.code).toBe(close ?? 3501);
    expect(world.node("node-2").connections).toBe(0);
  });

  it("without a token is refused", async () => {
    using world = createWorld();
    const client = world.client(world.node("node-1"));
    client.raw('{"id":1,"connect":{}}');
    await expect.poll(() => client.closedWith?.code).toBe(3501);
  });

  it.each(["", "garbage", "{}", '{"id":0,"fly":1}', "[]"])("ends with 3501 if it sends %j", async (frame) => {
    using world = createWorld();
    const client = await world.client(world.node("node-1")).connected("ada");
    client.raw(frame);
    expect(client.closedWith).toEqual({ code: 3501, reason: "bad request" });
  });

  it("that floods the server with commands is asked to come back later", async () => {
    using world = createWorld({ limits: { pendingCommands: 10 } });
    const client = world.client(world.node("node-1"));
    const flood = Array.from({ length: 20 }, (_, index) => `{"id":${index + 2},"history":{"channel":"promo:all"}}`);
    client.raw('{"id":1,"connect":{"token":"slow:ada"}}', ...flood);
    await expect.poll(() => client.closedWith?.code).toBe(3013);
  });

  it("sends what belongs together in one frame", async () => {
    using world = createWorld();
    const hub = world.node("node-1");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel: "promo:all" });
    const before = client.frames.length;
    await Promise.all([1, 2, 3, 4, 5].map((data) => world.publish(hub, "promo:all", data)));
    await expect.poll(() => client.pubs("promo:all").length).toBe(5);
    expect(client.frames.length - before).toBeLessThan(5);
  });
});

describe("a command", () => {
  it.each([
    ["subscribe", { channel: "nowhere:a" }, 102],
    ["subscribe", { channel: "orders:user#bob" }, 103],
    ["subscribe", { channel: "orders:all" }, 103],
    ["subscribe", { channel: "closed:a" }, 103],
    ["subscribe", { channel: "closed:user#ada" }, 103],
    ["subscribe", { channel: "$promo:all" }, 103],
    ["subscribe", { channel: "a b" }, 107],
    ["subscribe", { channel: "promo:x", tf: {} }, 107],
    ["subscribe", { channel: "promo:x", type: 1 }, 108],
    ["subscribe", { channel: "promo:all" }, 105],
    ["publish", { channel: "promo:all", data: 1 }, 103],
    ["publish", { channel: "chat:room", data: 1 }, 103],
    ["publish", { channel: "nowhere:a", data: 1 }, 102],
    ["publish", { channel: "chat:room", data: 1, type: 1 }, 108],
    ["history", { channel: "promo:other" }, 103],
    ["history", { channel: "nowhere:a" }, 102],
    ["presence", { channel: "promo:all" }, 108],
    ["rpc", { method: "x" }, 104],
    ["presence_stats", { channel: "promo:all" }, 108],
    ["presence", { channel: "nowhere:a" }, 102],
    ["presence", { channel: "room:1" }, 103],
    ["presence_stats", { channel: "room:1" }, 103],
    ["ping", {}, 108],
    ["fly", {}, 104],
  ])("%s %j is answered with error %i", async (method, request, code) => {
    using world = createWorld();
    const client = await world.client(world.node("node-1")).connected("ada");
    await client.call("subscribe", { channel: "promo:all" });
    expect((await client.call(method, request)).error?.code).toBe(code);
    expect(client.closedWith).toBeUndefined();
    expect([...world.counts.keys()].filter((name) => name.startsWith("refused:"))).toHaveLength(1);
  });

  it("of an anonymous client opens only what is open to anyone", async () => {
    using world = createWorld();
    const client = await world.client(world.node("node-1")).connected("");
    expect((await client.call("subscribe", { channel: "chat:room" })).error?.code).toBe(103);
    expect((await client.call("subscribe", { channel: "orders:user#" })).error?.code).toBe(103);
    expect(await client.call("subscribe", { channel: "promo:all" })).toHaveProperty("subscribe");
  });

  it("that subscribes past the limit is answered with 106", async () => {
    using world = createWorld({ limits: { channelsPerClient: 2 } });
    const client = await world.client(world.node("node-1")).connected("ada");
    await client.call("subscribe", { channel: "promo:1" });
    await client.call("subscribe", { channel: "promo:2" });
    expect((await client.call("subscribe", { channel: "promo:3" })).error?.code).toBe(106);
  });

  it("while the store is away is answered with a temporary error, and works once it is back", async () => {
    using world = createWorld();
    const client = await world.client(world.node("node-1")).connected("ada");
    world.cluster.fail(Number.POSITIVE_INFINITY);
    expect((await client.call("subscribe", { channel: "promo:all" })).error).toMatchObject({
      code: 100,
      temporary: true,
    });
    world.cluster.fail(0);
    expect(await client.call("subscribe", { channel: "promo:all" })).toHaveProperty("subscribe");
  });

  it("publish goes through the bus to every node, with its publisher, where the namespace allows it", async () => {
    using world = createWorld();
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const ada = await world.client(here).connected("ada");
    const bob = await world.client(there).connected("bob");
    for (const client of [ada, bob]) await client.call("subscribe", { channel: "chat:room" });
    expect(await ada.call("publish", { channel: "chat:room", data: { text: "hi" } })).toHaveProperty("publish");
    await expect
      .poll(() => bob.pubs("chat:room"))
      .toEqual([{ data: { text: "hi" }, offset: 1, info: { user: "ada", client: "client-1" } }]);
    expect((await ada.call("publish", { channel: "chat:room" })).error?.code).toBe(107);
    expect((await ada.call("publish", { channel: "chat:room", data: "x".repeat(40_000) })).error?.code).toBe(106);
  });

  it("history answers the position alone, a range, all, or the newest first", async () => {
    using world = createWorld();
    const hub = world.node("node-1");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel: "promo:all" });
    for (const data of ["a", "b", "c"]) await world.publish(hub, "promo:all", data);
    const { epoch } = (await client.call("history", { channel: "promo:all" })).history as { epoch: string };
    const ask = async (request: object) =>
      (
        (await client.call("history", { channel: "promo:all", ...request })).history as {
          publications: Array<{ data: string }>;
        }
      ).publications
        .map(({ data }) => data)
        .join("");
    expect(await ask({})).toBe("");
    expect(await ask({ limit: -1 })).toBe("abc");
    expect(await ask({ limit: 1, since: { offset: 1, epoch } })).toBe("b");
    expect(await ask({ limit: 2, reverse: true })).toBe("cb");
    const stale = await client.call("history", {
      channel: "promo:all",
      limit: 1,
      since: { offset: 1, epoch: "other" },
    });
    expect(stale.error?.code).toBe(112);
  });

  it("history of more bytes than may wait for one connection is refused, and less of it answered", async () => {
    using world = createWorld();
    const hub = world.node("node-1");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel: "promo:all" });
    for (let count = 0; count < 40; count += 1) await world.publish(hub, "promo:all", "x".repeat(30_000));
    expect((await client.call("history", { channel: "promo:all", limit: -1 })).error?.code).toBe(106);
    expect((await client.call("history", { channel: "promo:all", limit: 2 })).error).toBeUndefined();
    expect(client.closedWith).toBeUndefined();
  });

  it("unsubscribe then subscribe again, all in one frame, ends subscribed", async () => {
    using world = createWorld();
    const hub = world.node("node-1");
    const client = await world.client(hub).connected("ada");
    client.raw(
      '{"id":11,"subscribe":{"channel":"promo:all"}}',
      '{"id":12,"unsubscribe":{"channel":"promo:all"}}',
      '{"id":13,"subscribe":{"channel":"promo:all"}}',
    );
    await client.reply(13);
    expect(client.messages.slice(-3).map(({ id, error }) => [id, error])).toEqual([
      [11, undefined],
      [12, undefined],
      [13, undefined],
    ]);
    await world.publish(hub, "promo:all", 1);
    await expect.poll(() => client.offsets("promo:all")).toEqual([1]);
  });
});
