import { describe, expect, it } from "vitest";
import { type Client, createWorld } from "./fixture.ts";
import { createManualClock } from "./manual-clock.ts";

const never = new AbortController().signal;

describe("shedding", () => {
  it("ends the youngest first, at the pace that was asked for, and who comes meanwhile stays", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const hub = world.node("node-0");
    const clients: Client[] = [];
    for (let index = 0; index < 10; index += 1) clients.push(await world.client(hub).connected(`user-${index}`));
    const shed = hub.shed({ count: 6, perSecond: 2, close: "forceReconnect", until: never });
    const late = await world.client(hub).connected("late");
    const gone = () => clients.map(({ closedWith }) => closedWith?.code ?? 0);
    await clock.advance(1_000);
    expect(gone()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 3011, 3011]);
    await clock.advance(5_000);
    expect(await shed).toBe(6);
    expect(gone()).toEqual([0, 0, 0, 0, 3011, 3011, 3011, 3011, 3011, 3011]);
    expect(late.closedWith).toBeUndefined();
  });

  it("stops where it is when it is told to", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const hub = world.node("node-0");
    for (let index = 0; index < 4; index += 1) await world.client(hub).connected(`user-${index}`);
    const stop = new AbortController();
    const shed = hub.shed({ count: Number.POSITIVE_INFINITY, perSecond: 1, close: "shutdown", until: stop.signal });
    await clock.advance(2_000);
    stop.abort();
    await clock.advance(5_000);
    expect(await shed).toBe(2);
    expect(hub.connections).toBe(2);
  });
});

describe("the greatest age of a connection", () => {
  it("is never reached: whoever would pass it is told to reconnect, by chance up to a fifth earlier", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock, limits: { maxConnectionAgeMs: 600_000 } });
    const client = await world.client(world.node("node-0")).connected("ada");
    let age = 0;
    for (; age < 600 && client.closedWith === undefined; age += 25) {
      await clock.advance(25_000);
      client.raw("{}");
    }
    expect(age).toBeGreaterThanOrEqual(480);
    expect(client.closedWith).toEqual({ code: 3011, reason: "force reconnect" });
  });

  it("is without bound by default", async () => {
    const clock = createManualClock();
    using world = createWorld({ clock });
    const client = await world.client(world.node("node-0")).connected("ada");
    for (let age = 0; age < 3_600; age += 25) {
      await clock.advance(25_000);
      client.raw("{}");
    }
    expect(client.closedWith).toBeUndefined();
  });
});
