import { describe, expect, it } from "vitest";
import { createWorld } from "./fixture.ts";
import { createManualClock } from "./manual-clock.ts";

describe("a client that asks too often", () => {
  it("is told to wait, is served again after a while, and is ended with 3013 if it goes on", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock, limits: { commands: { burst: 5, perSecond: 1 } } });
    const client = await world.client(world.node("node-0")).connected("ada");
    const ask = async () => (await client.call("presence_stats", { channel: "room:x" })).error?.code;
    const asks = async (count: number) => {
      const codes = [];
      for (let asked = 0; asked < count; asked += 1) codes.push(await ask());
      return codes;
    };
    // Connecting was the first of five.
    expect(await asks(6)).toEqual([103, 103, 103, 103, 111, 111]);
    expect(client.messages.at(-1)?.error).toMatchObject({ temporary: true });
    await clock.advance(4_000);
    expect(await asks(2)).toEqual([103, 103]);
    client.raw(...Array.from({ length: 10 }, (_, index) => `{"id":${100 + index},"history":{"channel":"room:x"}}`));
    await expect.poll(() => client.closedWith).toEqual({ code: 3013, reason: "too many requests" });
  });
});

describe("a client that is told no again and again", () => {
  it("is ended with 3509", async () => {
    using world = createWorld({ limits: { errors: { burst: 3, perSecond: 0.001 } } });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (let asked = 0; asked < 3; asked += 1)
      expect(await client.call("subscribe", { channel: "closed:x" })).toMatchObject({ error: { code: 103 } });
    expect(client.closedWith).toBeUndefined();
    await client.call("subscribe", { channel: "closed:x" });
    expect(client.closedWith).toEqual({ code: 3509, reason: "too many errors" });
  });

  it("goes on where it was us who could not: temporary errors do not count", async () => {
    using world = createWorld({
      limits: { errors: { burst: 3, perSecond: 0.001 } },
      gate: { subscribe: async () => ({ ok: false, error: "internal" }) },
    });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (let asked = 0; asked < 10; asked += 1)
      expect(await client.call("subscribe", { channel: "backed:x" })).toMatchObject({ error: { code: 100 } });
    expect(client.closedWith).toBeUndefined();
  });
});

describe("the connections of one user", () => {
  it("are so many on all nodes, and one more ends with 3504", async () => {
    using world = createWorld({ limits: { connectionsPerUser: 2 } });
    const [here, there] = [world.node("node-0"), world.node("node-1")];
    const first = await world.client(here).connected("ada");
    await world.client(there).connected("ada");
    const third = world.client(there);
    third.raw('{"id":1,"connect":{"token":"ada"}}');
    await expect.poll(() => third.closedWith).toEqual({ code: 3504, reason: "connection limit" });
    await world.client(there).connected("bob");
    first.connection.closed();
    await expect.poll(() => world.cluster.sessions.ofUser("ada")).toHaveLength(1);
    await world.client(here).connected("ada");
  });

  it("without a name are not counted", async () => {
    using world = createWorld({ limits: { connectionsPerUser: 1 } });
    const hub = world.node("node-0");
    for (let client = 0; client < 3; client += 1) await world.client(hub).connected("");
  });
});
