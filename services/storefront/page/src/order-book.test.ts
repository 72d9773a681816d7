import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latest, type Order, type OrderStatus, type Step } from "./order.ts";
import { MAX_ORDERS, OrderBook } from "./order-book.ts";

const way: readonly OrderStatus[] = ["placed", "approved", "shipped", "delivered"];
const stepAt = (version: number): Step => ({
  status: way[version - 1] ?? "delivered",
  version,
  at: new Date(Date.UTC(2026, 0, version)).toISOString(),
});
const event = (orderId: string, version: number): Order => ({
  orderId,
  steps: [stepAt(version)],
  items: [],
  total: undefined,
  currency: undefined,
});
const snapshot = (orderId: string, version: number): Order => ({
  orderId,
  steps: [stepAt(1), ...Array.from({ length: version - 1 }, (_, index) => stepAt(index + 2))],
  items: [{ name: "Lamp", quantity: 1, price: 10 }],
  total: 10,
  currency: undefined,
});

describe("an order", () => {
  it("never runs backward and ends right, however snapshots and events are mixed, repeated and late", () => {
    const part = fc
      .record({ order: fc.constantFrom("a", "b"), version: fc.integer({ min: 1, max: 4 }), loaded: fc.boolean() })
      .map(({ order, version, loaded }) => (loaded ? snapshot(order, version) : event(order, version)));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const book = new OrderBook();
        const highest = new Map<string, number>();
        for (const one of parts) {
          const before = book.get(one.orderId);
          book.merge(one);
          const after = book.get(one.orderId);
          const best = Math.max(highest.get(one.orderId) ?? 0, latest(one).version);
          highest.set(one.orderId, best);
          expect(after && latest(after)).toEqual(stepAt(best));
          expect(after?.steps).toEqual(expect.arrayContaining([...(before?.steps ?? []), ...one.steps]));
        }
        for (const [orderId, version] of highest) {
          book.merge(snapshot(orderId, version));
          expect(book.get(orderId)?.steps).toEqual(snapshot(orderId, version).steps);
        }
      }),
    );
  });

  it("is the same whatever the order in which its parts came", () => {
    const parts = [event("a", 1), event("a", 2), snapshot("a", 2), event("a", 3), event("a", 4)];
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (shuffled) => {
        const book = new OrderBook();
        for (const part of shuffled) book.merge(part);
        expect(book.get("a")).toEqual(snapshot("a", 4));
      }),
    );
  });

  it("tells what a part changed, and whether a step is still missing", () => {
    const book = new OrderBook();
    expect(book.merge(event("a", 1))).toEqual({ kind: "new", hole: false });
    expect(book.merge(event("a", 3))).toEqual({ kind: "moved", hole: true });
    expect(book.merge(event("a", 3))).toEqual({ kind: "known", hole: true });
    expect(book.merge(snapshot("a", 3))).toEqual({ kind: "filled", hole: false });
    expect(book.merge(event("a", 2))).toEqual({ kind: "known", hole: false });
  });
});

describe("the order book", () => {
  it("lists the newest order first, whatever moved last", () => {
    const book = new OrderBook();
    const placed = (orderId: string, day: number): Order => ({
      ...event(orderId, 1),
      steps: [{ ...stepAt(1), at: new Date(Date.UTC(2026, 0, day)).toISOString() }],
    });
    book.merge(placed("old", 1));
    book.merge(placed("new", 9));
    book.merge(placed("middle", 5));
    book.merge(event("old", 4));
    expect(book.newestFirst().map(({ orderId }) => orderId)).toEqual(["new", "middle", "old"]);
  });

  it("keeps a bounded number of orders and counts the oldest that went", () => {
    const book = new OrderBook();
    for (let index = 0; index < MAX_ORDERS + 3; index += 1)
      book.merge({ ...event(`o${index}`, 1), steps: [{ ...stepAt(1), at: new Date(index * 1_000).toISOString() }] });
    expect(book.newestFirst()).toHaveLength(MAX_ORDERS);
    expect(book.dropped).toBe(3);
    expect(book.get("o0")).toBeUndefined();
    expect(book.get(`o${MAX_ORDERS + 2}`)).toBeDefined();
  });
});
