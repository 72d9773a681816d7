import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createShop } from "../orders/shop.ts";
import { relayRound } from "../relay/round.ts";
import { createMemoryOrderStore } from "../store/memory-order-store.ts";
import type { HistoryStep } from "./history.ts";
import { progressOf, takeBatch } from "./intake.ts";
import { historicPace, steadyPace } from "./pace.ts";
import { type ReplayTarget, type TransferObserver, transfer } from "./transfer.ts";

const ID = "0".repeat(64);
const STATUSES = ["placed", "approved", "shipped", "delivered"] as const;

function historiesOf(orders: number, time = (order: number, step: number) => order * 10 + step): HistoryStep[] {
  return Array.from({ length: orders }, (_, order) =>
    STATUSES.map((status, step) => ({
      line: order + 2,
      orderId: `o-${order}`,
      customerId: `c-${order % 3}`,
      status,
      version: step + 1,
      time: time(order, step),
    })),
  ).flat();
}

/** A producer in this process whose relay publishes a little whenever it is asked how far it is. */
function producer(limits = {}) {
  const store = createMemoryOrderStore(limits);
  const shop = createShop({ store, now: () => 0, newId: () => "id", wake: () => undefined });
  const published: string[] = [];
  const sink = { publish: async ({ body }: { body: string }) => void published.push(JSON.parse(body).id) };
  const target: ReplayTarget = {
    async hand(batch) {
      const intake = await takeBatch(shop, store, batch);
      if (intake.kind === "full") throw new Error("full");
      return intake;
    },
    async progress(id) {
      await relayRound({ outbox: store.outbox, sink, window: 5, source: "test" });
      return progressOf(store, id);
    },
  };
  return { store, shop, target, published };
}

/** Time that passes only in pauses, and then at once. */
const clock = {
  elapsed: 0,
  now: () => clock.elapsed,
  pause(ms: number) {
    clock.elapsed += ms;
    return new Promise((resolve) => setImmediate(resolve));
  },
};

const silent: TransferObserver = { moved: () => undefined, refused: () => undefined, waiting: () => undefined };

describe("a transfer", () => {
  it("hands everything over in order and ends only when all of it was published", async () => {
    const { target, published, store } = producer();
    const steps = historiesOf(3);
    await transfer(target, { id: ID, pace: steadyPace(steps, 0, 100_000), start: 0, clock }, silent);
    expect(new Set(published)).toEqual(new Set(steps.map(({ orderId, version }) => `${orderId}.${version}`)));
    expect(published.filter((id) => id.startsWith("o-1."))).toEqual(["o-1.1", "o-1.2", "o-1.3", "o-1.4"]);
    expect(await store.replays.load(ID)).toMatchObject({ finished: true, position: 12 });
  });

  it("that was killed anywhere goes on without loss or double", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }), async (lives) => {
        const { target, published } = producer();
        const steps = historiesOf(4);
        for (const life of lives) {
          let left = life;
          const mortal: ReplayTarget = {
            progress: target.progress,
            async hand(batch) {
              const handed = await target.hand({ ...batch, steps: batch.steps.slice(0, 1 + (life % 4)) });
              left -= 1;
              if (left === 0) throw new Error("killed");
              return handed.kind === "taken" ? { kind: "elsewhere", position: handed.position } : handed;
            },
          };
          const start = (await target.progress(ID))?.position ?? 0;
          const pace = steadyPace(steps, start, 100_000);
          await transfer(mortal, { id: ID, pace, start: Math.max(0, start - 1), clock }, silent).catch(
            (error: Error) => {
              if (error.message !== "killed") throw error;
            },
          );
        }
        const start = (await target.progress(ID))?.position ?? 0;
        await transfer(target, { id: ID, pace: steadyPace(steps, start, 100_000), start, clock }, silent);
        while ((await target.progress(ID))?.finished !== true);
        expect(published).toHaveLength(steps.length);
        expect(new Set(published).size).toBe(steps.length);
      }),
      { numRuns: 15 },
    );
  });

  it("goes back to where the producer stands when its store was lost", async () => {
    const { target, published } = producer();
    const steps = historiesOf(2);
    await transfer(target, { id: ID, pace: steadyPace(steps, 5, 100_000), start: 5, clock }, silent);
    expect(published).toHaveLength(8);
  });

  it("reports a step that the shop refuses, and goes on", async () => {
    const { target, shop, published } = producer();
    await shop.place({ customerId: "somebody else", orderId: "o-1" });
    const refused: string[] = [];
    const observer = {
      ...silent,
      refused: (step: HistoryStep, reason: string) => void refused.push(`${step.line} ${reason}`),
    };
    await transfer(target, { id: ID, pace: steadyPace(historiesOf(2), 0, 100_000), start: 0, clock }, observer);
    expect(refused).toEqual(Array(4).fill("3 the order id belongs to another customer's order"));
    expect(published.filter((id) => id.startsWith("o-0"))).toHaveLength(4);
  });
});

describe("a batch", () => {
  it("is not counted while the outbox is full, and is whole when it is sent again", async () => {
    const { store, shop } = producer({ maxOutbox: 2 });
    const steps = historiesOf(1).map(({ line: _, time: __, ...step }) => ({ ...step, at: "2026-01-01T00:00:00Z" }));
    const batch = { replay: ID, sequence: "file", total: 4, from: 0, steps } as const;
    expect(await takeBatch(shop, store, { ...batch, steps })).toEqual({ kind: "full" });
    expect(await progressOf(store, ID)).toBeUndefined();
    await store.outbox.remove((await store.outbox.read(9)).map(({ entryId }) => entryId));
    expect(await takeBatch(shop, store, { ...batch, steps })).toMatchObject({
      kind: "taken",
      position: 4,
      repeated: 2,
    });
    expect((await store.order("o-0"))?.version).toBe(4);
  });
});

describe("the pace", () => {
  it("is so many events a second, from where the run began", () => {
    const pace = steadyPace(historiesOf(10), 8, 10);
    expect([0, 99, 100, 1_000, 1e9].map((elapsed) => pace.dueBefore(elapsed))).toEqual([9, 9, 10, 19, 40]);
    expect(pace.remainingMs(20, 0)).toBe(2_000);
  });

  it("is the original time, so many times as fast, over all rows", () => {
    const pace = historicPace(
      historiesOf(2, (order, step) => step * 1_000 + order * 500),
      0,
      10,
    );
    expect(pace.steps.map(({ orderId, version }) => `${orderId}.${version}`)).toEqual(
      [1, 2, 3, 4].flatMap((version) => [`o-0.${version}`, `o-1.${version}`]),
    );
    expect([0, 49, 50, 100, 1e6].map((elapsed) => pace.dueBefore(elapsed))).toEqual([1, 1, 2, 3, 8]);
  });

  it("never lets a step go before an earlier one of its row", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 12, maxLength: 12 }), (times) => {
        const pace = historicPace(
          historiesOf(3, (order, step) => times[order * 4 + step] ?? 0),
          0,
          1,
        );
        for (const order of [0, 1, 2]) {
          const versions = pace.steps.filter(({ orderId }) => orderId === `o-${order}`).map(({ version }) => version);
          expect(versions).toEqual([1, 2, 3, 4]);
        }
      }),
    );
  });
});
