import { type Append, Publisher, silent } from "@bellwire/hub";
import { createMemoryCluster } from "@bellwire/memory";
import { ChannelName } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.ts";
import { publishInTurn } from "./in-turn.ts";
import { Patience } from "./patience.ts";

const channel = ChannelName.parse("orders:user#ada");
const times = { holdMs: 400, atMostMs: 1_500, everyMs: 5, everyCapMs: 20 };

function createShop(now = () => 0, look = async (): Promise<readonly number[]> => [0, 0], isStuck = () => false) {
  const told: string[] = [];
  const { streams, bus } = createMemoryCluster();
  const publisher = new Publisher({ streams, bus, observer: silent, liveNodes: () => [] });
  const patience = new Patience(now, { inVain: 2, restMs: 1_000 });
  const backlog = new Backlog({ look, isStuck, onStuck: () => told.push("node is stuck") });
  const waited = (end: string) => told.push(end);
  const step = (number: number, subject = "order-1") => {
    const append: Append = {
      ...{ channel, data: `${number}`, eventId: `${subject}.${number}`, dedupMs: 60_000, versionTtlMs: 60_000 },
      ...{ version: { subject, number }, history: { size: 100, ttlMs: 60_000 } },
    };
    return publishInTurn(publisher, append, { patience, backlog, times, waited });
  };
  const kept = async () => (await streams.read(channel, { limit: 100 })).publications.map(({ data }) => Number(data));
  return { step, kept, patience, told };
}

describe("a step of an order", () => {
  it("that overtook the one before it waits for its turn", async () => {
    const { step, kept, told } = createShop();
    await step(1);
    const early = step(3);
    await step(2);
    expect((await early).kind).toBe("appended");
    expect(await kept()).toEqual([1, 2, 3]);
    expect(told).toEqual(["in_turn"]);
  });

  it("goes when the one before it does not come in time, and does not hold up other orders", async () => {
    const { step, kept, told } = createShop();
    const early = step(5);
    await step(1, "order-2");
    expect(await kept()).toEqual([1]);
    expect((await early).kind).toBe("appended");
    expect(await kept()).toEqual([1, 5]);
    expect(told).toEqual(["gap"]);
  });

  it("waits for as long as a partition still holds what stood there, and then a moment", async () => {
    const counts = [0, 3];
    const { step, kept } = createShop(undefined, async () => counts);
    const early = step(2);
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 900)); // longer than the hold
    expect(await kept()).toEqual([]);
    counts[1] = 0;
    await step(1);
    await early;
    expect([await kept(), performance.now() - begun > 800]).toEqual([[1, 2], true]);
  });

  it("does not wait for what can be handed out only after it", async () => {
    let stuck = false;
    const { step, kept, told } = createShop(
      undefined,
      async () => [0, 3],
      () => stuck,
    );
    const begun = performance.now();
    const early = step(5);
    stuck = true;
    await early;
    expect([await kept(), performance.now() - begun < times.atMostMs]).toEqual([[5], true]);
    expect(told).toEqual(["node is stuck", "stuck"]);
  });

  it("goes when its time is up, whatever stands in the partitions, or where they cannot be seen", async () => {
    const { step, kept, told } = createShop(undefined, () => Promise.reject(new Error("no broker")));
    expect((await step(5)).kind).toBe("appended");
    expect(await kept()).toEqual([5]);
    expect(told).toEqual(["timeout"]);
  });

  it("waits no more where waiting was in vain again and again, until the rest is over", async () => {
    let now = 0;
    const { step, patience } = createShop(() => now);
    await step(10);
    expect(patience.left).toBe(true);
    await step(20);
    expect(patience.left).toBe(false);
    expect((await step(30)).kind).toBe("appended");
    now = 1_000;
    expect(patience.left).toBe(true);
  });
});
