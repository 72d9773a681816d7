import { describe, expect, it } from "vitest";
import type { Order } from "./order.ts";
import { channelsOf, snapshotOf, Visit } from "./visit.ts";

const customer = { id: "ada", name: "Ada", segment: "gold", orders: 0 };
const [own, everyone] = ["orders:user#ada", "promo:all"] as const;
const at = "2026-01-02T03:04:05.000Z";
const statuses = ["placed", "approved", "shipped", "delivered"] as const;
const fresh = { offset: 0, wasRecovering: false, recovered: false };

const stored = (version: number): Order => {
  const [first, ...rest] = statuses.slice(0, version).map((status, index) => ({ status, version: index + 1, at }));
  if (first === undefined) throw new Error("an order has a step");
  return { orderId: "o1", steps: [first, ...rest], items: [], total: undefined, currency: undefined };
};
const told = (version: number, offset = version) => ({
  data: { type: "order.status", id: `e${version}`, orderId: "o1", status: statuses[version - 1], version, at },
  offset,
  recovered: false,
});

function arrange() {
  const loads: ((orders: readonly Order[]) => void)[] = [];
  const moves: string[] = [];
  const timers: (() => void)[] = [];
  const visit = new Visit(customer, {
    loadOrders: () => new Promise((resolve) => loads.push(resolve)),
    after: (_ms, task) => {
      timers.push(task);
      return () => undefined;
    },
    random: () => 0,
    viewer: {
      onOrders: () => undefined,
      onMove: (order) => moves.push(`${order.orderId} ${order.steps.at(-1)?.status}`),
      onPromotions: () => undefined,
      onConnection: () => undefined,
      onTrouble: () => undefined,
    },
  });
  return { visit, loads, moves, timers };
}

describe("a visit", () => {
  it("listens to the customer's orders, to everyone's promotions and to those of the customer's segment", () => {
    expect(channelsOf(customer)).toEqual([own, everyone, "promo:seg-gold"]);
    expect(channelsOf({ ...customer, segment: undefined })).toEqual([own, everyone]);
  });

  it("loads the state only after it is subscribed, so that no step falls between", async () => {
    const { visit, loads } = arrange();
    expect(loads).toHaveLength(0);
    visit.onSubscribed(own, fresh);
    visit.onPublication(own, told(3, 1));
    loads[0]?.([stored(2)]);
    await expect.poll(() => snapshotOf(visit).orders.o1?.steps).toEqual(["placed", "approved", "shipped"]);
    expect(visit.witness.violations).toBe(0);
  });

  it("loads the state without the push connection when that takes too long", () => {
    const { loads, timers } = arrange();
    timers[0]?.();
    expect(loads).toHaveLength(1);
  });

  it("loads again when a version is missing", async () => {
    const { visit, loads } = arrange();
    visit.onSubscribed(own, fresh);
    loads[0]?.([stored(1)]);
    await expect.poll(() => visit.loaded).toBe(true);
    visit.onPublication(own, told(3, 1));
    await expect.poll(() => loads.length).toBe(2);
    loads[1]?.([stored(3)]);
    await expect.poll(() => snapshotOf(visit).orders.o1?.steps).toEqual(["placed", "approved", "shipped"]);
  });

  it("loads again after a recovery that was refused, and not after one that gave everything", async () => {
    const { visit, loads } = arrange();
    visit.onSubscribed(own, fresh);
    loads[0]?.([stored(1)]);
    await expect.poll(() => visit.loaded).toBe(true);
    visit.onSubscribed(own, { offset: 0, wasRecovering: true, recovered: true });
    expect(loads).toHaveLength(1);
    visit.onSubscribed(own, { offset: 9, wasRecovering: true, recovered: false });
    await expect.poll(() => loads.length).toBe(2);
  });

  it("shows a move once, however often and late the event comes, and counts the repetition", () => {
    const { visit, moves } = arrange();
    visit.onSubscribed(own, fresh);
    for (const version of [1, 2, 2, 1]) visit.onPublication(own, told(version));
    expect(moves).toEqual(["o1 placed", "o1 approved"]);
    expect(snapshotOf(visit).orders.o1).toMatchObject({ status: "approved", version: 2 });
    expect(visit.witness.violations).toBeGreaterThan(0);
  });

  it("ignores what it does not understand, but counts it as seen", () => {
    const { visit } = arrange();
    visit.onSubscribed(own, fresh);
    visit.onPublication(own, { data: { type: "something.else" }, offset: 1, recovered: false });
    visit.onPublication(own, { data: null, offset: 2, recovered: false });
    expect(snapshotOf(visit)).toMatchObject({ seen: 2, violations: 0, orders: {} });
  });
});
