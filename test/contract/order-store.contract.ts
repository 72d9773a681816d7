import type { Advance, OrderStore, StoreLimits } from "@bellwire/producer";
import { describe, expect, it } from "vitest";

export interface TestStore extends AsyncDisposable {
  readonly store: OrderStore;
}

const at = "2026-01-01T10:00:00.000Z";

function step(orderId: string, status: Advance["status"], more: Partial<Advance> = {}): Advance {
  return { orderId, status, at, rules: "strict", token: `${status} once`, ...more };
}

const placed = (orderId: string, customerId = "ana", more: Partial<Advance> = {}) =>
  step(orderId, "placed", { customerId, ...more });

/** What every OrderStore must do. `createStore` makes an empty one. */
export function describeOrderStoreContract(
  name: string,
  createStore: (limits?: Partial<StoreLimits>) => Promise<TestStore>,
): void {
  describe(`${name}: an order`, () => {
    it("is created, moves, counts its steps, and puts one entry per step into the outbox, in order", async () => {
      await using test = await createStore();
      const { store } = test;
      const items = [{ name: "Lamp “ü”", quantity: 2, price: 1.5 }];
      expect((await store.advance(placed("o-1", "ana", { items }))).kind).toBe("applied");
      expect((await store.advance(step("o-1", "approved"))).kind).toBe("applied");
      const last = await store.advance(step("o-1", "cancelled", { reason: 'out of "stock"' }));
      const order = {
        orderId: "o-1",
        customerId: "ana",
        status: "cancelled",
        version: 3,
        items,
        steps: [
          { status: "placed", version: 1, at },
          { status: "approved", version: 2, at },
          { status: "cancelled", version: 3, at, reason: 'out of "stock"' },
        ],
      };
      expect(last).toEqual({ kind: "applied", order });
      expect(await store.order("o-1")).toEqual(order);
      const facts = (await store.outbox.read(10)).map(({ fact }) => fact);
      const common = { kind: "order", orderId: "o-1", customerId: "ana", at };
      expect(facts).toEqual([
        { ...common, status: "placed", version: 1 },
        { ...common, status: "approved", version: 2 },
        { ...common, status: "cancelled", version: 3, reason: 'out of "stock"' },
      ]);
    });

    it("takes a step once, however often the same request comes", async () => {
      await using test = await createStore();
      const { store } = test;
      const first = await store.advance(placed("o-1"));
      const again = await store.advance(placed("o-1"));
      expect(again).toEqual({ ...first, kind: "repeated" });
      await store.advance(step("o-1", "approved"));
      await store.advance(step("o-1", "shipped"));
      expect(await store.advance(step("o-1", "approved"))).toMatchObject({ kind: "repeated", order: { version: 3 } });
      expect(await store.outbox.length()).toBe(3);
    });

    it("refuses an illegal step, an unknown order and another customer's, and writes nothing", async () => {
      await using test = await createStore();
      const { store } = test;
      await store.advance(placed("o-1"));
      expect(await store.advance(step("o-1", "delivered"))).toMatchObject({
        kind: "illegal",
        order: { status: "placed" },
      });
      expect(await store.advance(step("o-2", "approved", { customerId: "ana" }))).toEqual({ kind: "illegal" });
      expect(await store.advance(step("o-3", "approved"))).toEqual({ kind: "unknown" });
      expect(await store.advance(placed("o-1", "bob", { token: "t" }))).toEqual({ kind: "taken" });
      expect(await store.order("o-3")).toBeUndefined();
      expect(await store.outbox.length()).toBe(1);
    });

    it("may skip in a replay, says its own versions there, and never takes one that is not newer", async () => {
      await using test = await createStore();
      const { store } = test;
      const replayed = { rules: "replay", customerId: "ana" } as const;
      await store.advance(placed("o-1", "ana", { ...replayed, version: 1 }));
      const shipped = step("o-1", "shipped", { ...replayed, version: 4 });
      expect(await store.advance(shipped)).toMatchObject({ kind: "applied", order: { version: 4 } });
      expect(await store.advance(step("o-1", "delivered", { ...replayed, version: 4 }))).toMatchObject({
        kind: "illegal",
      });
      expect(await store.advance(step("o-9", "delivered", { ...replayed, version: 1 }))).toMatchObject({
        kind: "applied",
      });
    });

    it("is decided once when many ask at the same time", async () => {
      await using test = await createStore();
      const { store } = test;
      await store.advance(placed("o-1"));
      const rivals = Array.from({ length: 8 }, (_, index) =>
        store.advance(step("o-1", "approved", { token: `t${index}` })),
      );
      const kinds = (await Promise.all(rivals)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "applied")).toHaveLength(1);
      expect(kinds.filter((kind) => kind === "illegal")).toHaveLength(7);
      expect(await store.outbox.length()).toBe(2);
    });
  });

  describe(`${name}: what is kept`, () => {
    it("customers come with the latest step first, their orders newest first, both bounded", async () => {
      await using test = await createStore();
      const { store } = test;
      for (const id of ["o-1", "o-2", "o-3"]) await store.advance(placed(id));
      await store.advance(placed("o-4", "bob"));
      await store.advance(step("o-1", "approved"));
      expect(await store.customers(10)).toEqual([
        { customerId: "ana", orders: 3 },
        { customerId: "bob", orders: 1 },
      ]);
      expect(await store.customers(1)).toHaveLength(1);
      expect((await store.ordersOf("ana", 2)).map(({ orderId }) => orderId)).toEqual(["o-3", "o-2"]);
      expect(await store.ordersOf("nobody", 2)).toEqual([]);
    });

    it("a customer's name and segment: what is told last, and what is not told stays", async () => {
      await using test = await createStore({ maxCustomers: 2 });
      const { store } = test;
      await store.advance(placed("o-1", "ana", { customer: { name: "Ana “ü”", segment: "vip" } }));
      await store.advance(placed("o-2", "bob", { customer: { name: "Bob" } }));
      await store.advance(placed("o-3", "ana", { customer: { segment: "gold" } }));
      await store.advance(step("o-3", "approved"));
      await store.advance(placed("o-1", "ana", { customer: { name: "a repeated request" } }));
      expect(await store.customers(10)).toEqual([
        { customerId: "ana", name: "Ana “ü”", segment: "gold", orders: 2 },
        { customerId: "bob", name: "Bob", orders: 1 },
      ]);
      await store.advance(placed("o-4", "eve"));
      await store.advance(placed("o-5", "bob"));
      expect(await store.customers(10)).toEqual([
        { customerId: "bob", orders: 1 },
        { customerId: "eve", orders: 1 },
      ]);
    });

    it("a customer's oldest finished order is forgotten first, then the oldest", async () => {
      await using test = await createStore({ ordersPerCustomer: 2 });
      const { store } = test;
      await store.advance(placed("o-1"));
      await store.advance(placed("o-2"));
      await store.advance(step("o-2", "cancelled"));
      await store.advance(placed("o-3"));
      expect((await store.ordersOf("ana", 9)).map(({ orderId }) => orderId)).toEqual(["o-3", "o-1"]);
      await store.advance(placed("o-4"));
      expect((await store.ordersOf("ana", 9)).map(({ orderId }) => orderId)).toEqual(["o-4", "o-3"]);
      expect(await store.order("o-1")).toBeUndefined();
      expect(await store.outbox.length()).toBe(5);
    });

    it("the customer who was quiet the longest is forgotten beyond the bound", async () => {
      await using test = await createStore({ maxCustomers: 2 });
      const { store } = test;
      await store.advance(placed("o-1", "ana"));
      await store.advance(placed("o-2", "bob"));
      await store.advance(step("o-1", "approved"));
      await store.advance(placed("o-3", "eve"));
      expect((await store.customers(9)).map(({ customerId }) => customerId)).toEqual(["eve", "ana"]);
      expect(await store.order("o-2")).toBeUndefined();
    });

    it("a replay's progress", async () => {
      await using test = await createStore();
      const { replays } = test.store;
      expect(await replays.load("r")).toBeUndefined();
      const state = { sequence: "time", total: 9, position: 4, lastEntry: "7-0", finished: false } as const;
      await replays.save("r", state);
      expect(await replays.load("r")).toEqual(state);
    });
  });

  describe(`${name}: the outbox`, () => {
    it("gives its oldest entries until they are removed, and tells when everything up to one is gone", async () => {
      await using test = await createStore();
      const { store } = test;
      expect(await store.outbox.newest()).toBeUndefined();
      for (const id of ["o-1", "o-2", "o-3"]) await store.advance(placed(id));
      const [first, second] = await store.outbox.read(2);
      const newest = (await store.outbox.newest()) ?? "";
      await store.outbox.remove([second?.entryId ?? ""]);
      expect(await store.outbox.isDrainedThrough(second?.entryId ?? "")).toBe(false);
      await store.outbox.remove([first?.entryId ?? ""]);
      expect(await store.outbox.isDrainedThrough(second?.entryId ?? "")).toBe(true);
      expect(await store.outbox.isDrainedThrough(newest)).toBe(false);
      expect((await store.outbox.read(9)).map(({ fact }) => fact)).toMatchObject([{ orderId: "o-3" }]);
      await store.outbox.remove([]);
    });

    it("takes a promotion once", async () => {
      await using test = await createStore();
      const { store } = test;
      const promo = { id: "p-1", segment: "all", title: "T", body: "B", at };
      expect(await store.promote(promo)).toBe("added");
      expect(await store.promote(promo)).toBe("repeated");
      expect((await store.outbox.read(9)).map(({ fact }) => fact)).toEqual([{ kind: "promo", ...promo }]);
    });

    it("refuses beyond its bound and takes again once something left", async () => {
      await using test = await createStore({ maxOutbox: 1 });
      const { store } = test;
      await store.advance(placed("o-1"));
      expect(await store.advance(placed("o-2"))).toEqual({ kind: "full" });
      expect(await store.promote({ id: "p", segment: "all", title: "T", body: "B", at })).toBe("full");
      expect(await store.order("o-2")).toBeUndefined();
      await store.outbox.remove((await store.outbox.read(1)).map(({ entryId }) => entryId));
      expect((await store.advance(placed("o-2"))).kind).toBe("applied");
    });

    it("belongs to one holder at a time, until it is given back or runs out", async () => {
      await using test = await createStore();
      const { outbox } = test.store;
      expect(await outbox.lease("a", 60_000)).toBe(true);
      expect(await outbox.lease("a", 60_000)).toBe(true);
      expect(await outbox.lease("b", 60_000)).toBe(false);
      await outbox.release("b");
      expect(await outbox.lease("b", 60_000)).toBe(false);
      await outbox.release("a");
      expect(await outbox.lease("b", 1)).toBe(true);
      await expect.poll(() => outbox.lease("c", 60_000)).toBe(true);
    });
  });
}
