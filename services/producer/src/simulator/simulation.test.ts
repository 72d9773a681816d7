import { describe, expect, it } from "vitest";
import { createShop } from "../orders/shop.ts";
import { createMemoryOrderStore } from "../store/memory-order-store.ts";
import { type Deed, Simulation } from "./simulation.ts";

/** A fixed sequence that looks like chance. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function run(seconds: number, options: { rate: number; maxLive?: number; seed?: number }) {
  let count = 0;
  const simulation = new Simulation({
    maxLive: 1_000,
    ...options,
    random: chance(options.seed ?? 1),
    newOrderId: () => `o-${++count}`,
  });
  const deeds: Deed[] = [];
  let mostLive = 0;
  for (let now = 0; now <= seconds * 1_000; now += 200) {
    deeds.push(...simulation.due(now));
    mostLive = Math.max(mostLive, simulation.live);
  }
  return { deeds, mostLive };
}

describe("the simulated shop", () => {
  it("has a few orders from the start", () => {
    expect(run(0, { rate: 1 }).deeds.map(({ kind }) => kind)).toEqual(Array(10).fill("place"));
  });

  it("makes about as many events as it was asked for", () => {
    const perSecond = run(600, { rate: 20 }).deeds.length / 600;
    expect(perSecond).toBeGreaterThan(15);
    expect(perSecond).toBeLessThan(25);
  });

  it("delivers most orders, cancels some, and speaks to everybody and to segments", () => {
    const { deeds } = run(1_200, { rate: 10 });
    const ends = (status: string) => deeds.filter((deed) => deed.kind === "step" && deed.status === status).length;
    expect(ends("cancelled")).toBeGreaterThan(0);
    expect(ends("delivered")).toBeGreaterThan(ends("cancelled") * 2);
    const segments = new Set(deeds.flatMap((deed) => (deed.kind === "promo" ? [deed.segment] : [])));
    expect(segments.has("all")).toBe(true);
    expect(segments.size).toBeGreaterThan(1);
  });

  it("never has more orders on their way than it may", () => {
    expect(run(60, { rate: 1_000, maxLive: 25 }).mostLive).toBe(25);
  });

  it("does nothing that the shop refuses", async () => {
    const store = createMemoryOrderStore({ ordersPerCustomer: 1_000 });
    let tokens = 0;
    const shop = createShop({ store, now: () => 0, newId: () => `t-${++tokens}`, wake: () => undefined });
    for (const deed of run(200, { rate: 20, seed: 7 }).deeds) {
      if (deed.kind === "place") expect((await shop.place(deed)).kind).toBe("applied");
      if (deed.kind === "step") expect((await shop.move(deed)).kind).toBe("applied");
    }
  });
});
