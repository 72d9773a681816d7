import { describe, expect, it } from "vitest";
import { readCustomers, readOrderEvent, readOrders, readPromotion, readShopConfig } from "./wire.ts";

const at = "2026-01-02T03:04:05.000Z";
const event = { type: "order.status", id: "e", orderId: "o", customerId: "c", status: "shipped", version: 3, at };

describe("the door of the page", () => {
  it("reads an order event as an order of which one step is known", () => {
    expect(readOrderEvent({ ...event, more: 1 })).toEqual({
      id: "e",
      version: 3,
      order: {
        orderId: "o",
        steps: [{ status: "shipped", version: 3, at }],
        items: [],
        total: undefined,
        currency: undefined,
      },
    });
  });

  it.each([
    ["null", null],
    ["another type", { ...event, type: "x" }],
    ["an unknown status", { ...event, status: "lost" }],
    ["no version", { ...event, version: "3" }],
    ["version 0", { ...event, version: 0 }],
    ["a time that is none", { ...event, at: "yesterday" }],
  ])("refuses an order event with %s", (_what, value) => {
    expect(readOrderEvent(value)).toBeUndefined();
  });

  it("keeps what it understands of a list and sorts steps by version", () => {
    const steps = [
      { status: "approved", version: 2, at },
      { status: "placed", version: 1, at },
      { status: "lost", version: 3, at },
    ];
    const orders = readOrders({ orders: [{ orderId: "o", steps }, { orderId: "empty", steps: [] }, 7] });
    expect(orders).toMatchObject([{ orderId: "o", steps: [{ version: 1 }, { version: 2 }] }]);
  });

  it("sums up what was ordered where every item has its price", () => {
    const steps = [{ status: "placed", version: 1, at }];
    const items = [
      { name: "Mug", quantity: 2, price: 14.2 },
      { name: "Lamp", quantity: 1, price: 39.9 },
    ];
    const orders = readOrders({
      orders: [
        { orderId: "priced", steps, items },
        { orderId: "unpriced", steps, items: [...items, { name: "Gift", quantity: 1 }] },
        { orderId: "told", steps, items, total: 50, currency: "EUR" },
        { orderId: "bare", steps, currency: "euro" },
      ],
    });
    expect(orders.map(({ total }) => total)).toEqual([68.3, undefined, 50, undefined]);
    expect(orders.map(({ currency }) => currency)).toEqual([undefined, undefined, "EUR", undefined]);
  });

  it("reads customers with and without names", () => {
    expect(readCustomers({ customers: [{ customerId: "a", name: "Ada", segment: "gold", orders: 2 }, {}] })).toEqual([
      { id: "a", name: "Ada", segment: "gold", orders: 2 },
    ]);
  });

  it("reads a promotion that has a title", () => {
    const promotion = { type: "promo.published", id: "p", segment: "gold", title: "T", body: "B", at };
    expect(readPromotion(promotion)).toEqual({ id: "p", segment: "gold", title: "T", body: "B", at });
    expect(readPromotion({ ...promotion, title: "" })).toBeUndefined();
  });

  it("reads the shop's configuration or nothing", () => {
    const push = { urls: ["ws://x/"], port: 8000, path: "/c", negotiate: true };
    expect(readShopConfig({ shop: "S", push })).toEqual({ shop: "S", push });
    expect(readShopConfig({ shop: "S" })).toBeUndefined();
  });
});
