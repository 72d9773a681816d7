import type { Gate, Leave } from "@bellwire/hub";
import { describe, expect, it } from "vitest";
import { type Client, createWorld } from "./fixture.ts";
import { createManualClock } from "./manual-clock.ts";

const MINUTE_MS = 60_000;

/** Decides by what the token says: `good`, `short` (for a minute), `expired`, `forged`, or another's. */
function tokenGate(now: () => number): Partial<Gate> & { readonly asked: string[] } {
  const asked: string[] = [];
  const leaveBy = (token = ""): Leave => {
    if (token === "good") return { ok: true, grant: { info: '{"vip":true}', data: '"hello"' } };
    if (token === "short") return { ok: true, grant: { expiresAt: now() + MINUTE_MS } };
    if (token === "over") return { ok: true, grant: { expiresAt: now() } };
    if (token === "expired") return { ok: false, error: "tokenExpired" };
    return token === "forged" ? { ok: false, error: "permissionDenied" } : { ok: false, close: "invalidToken" };
  };
  return {
    asked,
    async subscribe(_caller, { channel, token }, by) {
      asked.push(`${by} ${channel}`);
      return leaveBy(token);
    },
    subRefresh: async (_caller, { token }) => leaveBy(token),
  };
}

/** Time passes for a client that answers its pings. */
async function passing(clock: ReturnType<typeof createManualClock>, client: Client, ms: number): Promise<void> {
  const pings = () => client.messages.filter((message) => Object.keys(message).length === 0).length;
  for (let passed = 0; passed < ms; passed += 1_000) {
    const before = pings();
    await clock.advance(1_000);
    if (pings() > before) client.raw("{}");
  }
}

describe("a private channel", () => {
  it.each([
    ["without a token is refused", "$promo:x", undefined, 103],
    ["with a forged token is refused", "$promo:x", "forged", 103],
    ["with an expired token asks for a new one", "$promo:x", "expired", 109],
    ["with a token for a subscription that is over already is refused", "$promo:x", "over", 110],
    ["in a namespace that wants tokens is no different", "vip:x", undefined, 103],
    ["of an unknown namespace is unknown, token or not", "$nowhere:x", "good", 102],
  ])("%s", async (_name, channel, token, code) => {
    using world = createWorld({ gate: tokenGate(Date.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    expect(await client.call("subscribe", { channel, token })).toMatchObject({ error: { code } });
    expect(client.closedWith).toBeUndefined();
  });

  it("with a token opens, and says what the token says", async () => {
    using world = createWorld({ gate: tokenGate(Date.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (const channel of ["$promo:x", "vip:x", "promo:x"])
      expect(await client.call("subscribe", { channel, token: "good" })).toMatchObject({
        subscribe: { recoverable: true, data: "hello" },
      });
  });

  it("with a token of somebody else ends the connection", async () => {
    using world = createWorld({ gate: tokenGate(Date.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    client.raw('{"id":9,"subscribe":{"channel":"$promo:x","token":"of bob"}}');
    await expect.poll(() => client.closedWith).toEqual({ code: 3500, reason: "invalid token" });
  });

  it("of another user is not even asked about, whatever token comes along", async () => {
    const gate = tokenGate(Date.now);
    using world = createWorld({ gate });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (const channel of ["orders:user#bob", "$orders:user#bob", "vip:x#bob,cyd", "backed:x#bob", "closed:x"])
      expect(await client.call("subscribe", { channel, token: "good" })).toMatchObject({ error: { code: 103 } });
    expect(gate.asked).toEqual([]);
  });

  it("counts for the limit also while its token is being looked at", async () => {
    using world = createWorld({ gate: tokenGate(Date.now), limits: { channelsPerClient: 2 } });
    const client = await world.client(world.node("node-0")).connected("ada");
    const asked = ["$promo:a", "$promo:b", "$promo:c"].map((channel) =>
      client.call("subscribe", { channel, token: "good" }),
    );
    const codes = (await Promise.all(asked)).map(({ error }) => error?.code);
    expect(codes).toEqual([undefined, undefined, 106]);
  });
});

describe("a subscription whose token expires", () => {
  it("says when, lives on with a new token, and ends with 2501 when none comes in time", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock, gate: tokenGate(clock.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    const { subscribe } = await client.call("subscribe", { channel: "$promo:x", token: "short" });
    expect(subscribe).toMatchObject({ expires: true, ttl: 60 });
    await passing(clock, client, 50_000);
    const renewed = await client.call("sub_refresh", { channel: "$promo:x", token: "short" });
    expect(renewed).toMatchObject({ sub_refresh: { expires: true, ttl: 60 } });
    await passing(clock, client, 80_000);
    expect(client.unsubscribedFrom("$promo:x")).toBeUndefined();
    await passing(clock, client, 32_000);
    expect(client.unsubscribedFrom("$promo:x")).toBe(2501);
    expect(client.closedWith).toBeUndefined();
  });

  it.each([
    ["a new one without end", "good", { sub_refresh: {} }, undefined],
    ["an expired one, which ends it", "expired", { error: { code: 109 } }, 2501],
    ["none", "", { error: { code: 107 } }, undefined],
  ])("can be sent %s", async (_name, token, answer, unsubscribed) => {
    using world = createWorld({ gate: tokenGate(Date.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    await client.call("subscribe", { channel: "$promo:x", token: "short" });
    expect(await client.call("sub_refresh", { channel: "$promo:x", token })).toMatchObject(answer);
    expect(client.unsubscribedFrom("$promo:x")).toBe(unsubscribed);
  });

  it("ends the connection when it is sent a bad one, and cannot be refreshed where there is none", async () => {
    using world = createWorld({ gate: tokenGate(Date.now) });
    const client = await world.client(world.node("node-0")).connected("ada");
    const nowhere = await client.call("sub_refresh", { channel: "$promo:x", token: "short" });
    expect(nowhere).toMatchObject({ error: { code: 103 } });
    await client.call("subscribe", { channel: "$promo:x", token: "short" });
    client.raw('{"id":9,"sub_refresh":{"channel":"$promo:x","token":"of bob"}}');
    await expect.poll(() => client.closedWith?.code).toBe(3500);
  });

  it("ends the connection with 3006 when it was the server that made it", async () => {
    const clock = createManualClock();
    const grant = { expiresAt: clock.now() + 1_000 };
    const subscriptions = () => new Map([["promo:x" as never, grant]]);
    using world = createWorld({ clock, subscriptions });
    const client = await world.client(world.node("node-0")).connected("ada");
    await passing(clock, client, 55_000);
    expect(client.closedWith).toEqual({ code: 3006, reason: "subscription expired" });
  });
});

describe("a namespace whose backend decides", () => {
  it("lets in whom it lets in, and passes on what it says", async () => {
    const subscribe: Gate["subscribe"] = async ({ identity }) =>
      identity?.user === "ada"
        ? { ok: true, grant: { data: '{"since":1}' } }
        : { ok: false, error: { code: 402, message: "members only" } };
    using world = createWorld({ gate: { subscribe } });
    const hub = world.node("node-0");
    const [ada, bob] = [await world.client(hub).connected("ada"), await world.client(hub).connected("bob")];
    expect(await ada.call("subscribe", { channel: "backed:x" })).toMatchObject({ subscribe: { data: { since: 1 } } });
    expect(await bob.call("subscribe", { channel: "backed:x" })).toMatchObject({
      error: { code: 402, message: "members only" },
    });
    expect(world.counts.get("refused:application")).toBe(1);
  });

  it("publishes what the backend makes of it, in other users' channels and private ones not at all", async () => {
    const publish: Gate["publish"] = async (_caller, { data }) => ({ ok: true, data: `{"checked":${data}}` });
    const subscribe: Gate["subscribe"] = async () => ({ ok: true, grant: {} });
    using world = createWorld({ gate: { publish, subscribe } });
    const client = await world.client(world.node("node-0")).connected("ada");
    await client.call("subscribe", { channel: "backed:x" });
    expect(await client.call("publish", { channel: "backed:x", data: 7 })).toMatchObject({ publish: {} });
    await expect.poll(() => client.pubs("backed:x")).toMatchObject([{ data: { checked: 7 }, info: { user: "ada" } }]);
    for (const channel of ["backed:x#bob", "$backed:x"])
      expect(await client.call("publish", { channel, data: 7 })).toMatchObject({ error: { code: 103 } });
  });

  it("may end the connection with words of its own", async () => {
    const close = { code: 4_500, reason: "account closed" };
    using world = createWorld({ gate: { subscribe: async () => ({ ok: false, close }) } });
    const client = await world.client(world.node("node-0")).connected("ada");
    client.raw('{"id":9,"subscribe":{"channel":"backed:x"}}');
    await expect.poll(() => client.closedWith).toEqual(close);
  });
});

describe("insecure mode", () => {
  it("opens every channel of a known namespace to everybody", async () => {
    using world = createWorld({ insecure: true });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (const channel of ["orders:user#bob", "$vip:x", "closed:x"]) {
      expect(await client.call("subscribe", { channel })).toHaveProperty("subscribe");
      expect(await client.call("publish", { channel, data: 1 })).toHaveProperty("publish");
    }
    expect(await client.call("subscribe", { channel: "nowhere:x" })).toMatchObject({ error: { code: 102 } });
  });
});
