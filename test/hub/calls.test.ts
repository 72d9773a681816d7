import type { Calls } from "@bellwire/hub";
import { describe, expect, it } from "vitest";
import { createWorld } from "./fixture.ts";

/** Answers what it is asked, in the ways a handler can. */
const calls: Calls = {
  rpc(caller, { method, data }) {
    switch (method) {
      case "echo":
        return Promise.resolve({ ok: true, data: `{"user":"${caller.identity?.user}","data":${data ?? "null"}}` });
      case "empty":
        return Promise.resolve({ ok: true });
      case "sold out":
        return Promise.resolve({ ok: false, error: { code: 1_404, message: "sold out" } });
      case "odd":
        return Promise.resolve({ ok: false, error: { code: 7, message: "not a code of the shop's" } });
      case "huge":
        return Promise.resolve({ ok: true, data: JSON.stringify("x".repeat(70_000)) });
      case "slow":
        return new Promise((resolve) => setTimeout(() => resolve({ ok: true }), 300));
      case "broken":
        return Promise.reject(new Error("no backend"));
      default:
        return undefined;
    }
  },
};

describe("an RPC", () => {
  it.each([
    ["echo", { rpc: { data: { user: "ada", data: { a: 1 } } } }],
    ["empty", { rpc: {} }],
    ["sold out", { error: { code: 1_404, message: "sold out" } }],
    ["odd", { error: { code: 100, temporary: true } }],
    ["huge", { error: { code: 106 } }],
    ["broken", { error: { code: 100, temporary: true } }],
    ["unheard of", { error: { code: 104 } }],
  ])("%j is answered as its handler says", async (method, expected) => {
    using world = createWorld({ calls });
    const ada = await world.client(world.node("node-0")).connected("ada");
    expect(await ada.call("rpc", { method, data: { a: 1 } })).toMatchObject(expected);
    expect(ada.closedWith).toBeUndefined();
  });

  it("that takes too long is answered for, and holds its place until it ends", async () => {
    using world = createWorld({ calls, limits: { rpcMs: 30, rpcsPerClient: 1 } });
    const ada = await world.client(world.node("node-0")).connected("ada");
    expect((await ada.call("rpc", { method: "slow" })).error).toMatchObject({ code: 100, temporary: true });
    expect((await ada.call("rpc", { method: "echo" })).error).toMatchObject({ code: 111, temporary: true });
    await expect.poll(async () => (await ada.call("rpc", { method: "echo" })).error).toBeUndefined();
  });

  it("beyond those that may be done at once is asked to come later: of one client, and of all", async () => {
    using world = createWorld({ calls, limits: { rpcsPerClient: 2, rpcs: 3 } });
    const hub = world.node("node-0");
    const [ada, bob] = [await world.client(hub).connected("ada"), await world.client(hub).connected("bob")];
    const codes = await Promise.all([ada, ada, ada, bob, bob].map((client) => client.call("rpc", { method: "slow" })));
    expect(codes.map(({ error }) => error?.code)).toEqual([undefined, undefined, 111, undefined, 111]);
  });
});

describe("a message without an answer", () => {
  it("reaches its handler, or ends the connection with 3508 where there is none", async () => {
    const taken: string[] = [];
    using world = createWorld({ calls: { ...calls, send: (caller, data) => taken.push(`${caller.client} ${data}`) } });
    const ada = await world.client(world.node("node-0")).connected("ada");
    ada.raw('{"send":{"data":{"a":1}}}');
    expect(taken).toEqual(['client-1 {"a":1}']);
    using deaf = createWorld({ calls });
    const bob = await deaf.client(deaf.node("node-0")).connected("bob");
    bob.raw('{"send":{"data":1}}');
    expect(bob.closedWith).toEqual({ code: 3508, reason: "not available" });
  });

  it("before the connect is an offence", async () => {
    using world = createWorld({ calls });
    const client = world.client(world.node("node-0"));
    client.raw('{"send":{"data":1}}');
    expect(client.closedWith?.code).toBe(3501);
  });
});
