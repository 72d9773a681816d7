import { describe, expect, it } from "vitest";
import type { Order, OrderStatus } from "./order.ts";
import { timelineOf } from "./timeline.ts";

const at = "2026-01-02T03:04:05.000Z";
function order(first: OrderStatus, ...others: readonly OrderStatus[]): Order {
  const rest = others.map((status, index) => ({ status, version: index + 2, at }));
  return {
    orderId: "o",
    steps: [{ status: first, version: 1, at }, ...rest],
    items: [],
    total: undefined,
    currency: undefined,
  };
}
const states = (some: Order) => timelineOf(some).stops.map(({ status, state }) => `${status} ${state}`);

describe("a status line", () => {
  it("starts with everything ahead but the order itself", () => {
    expect(states(order("placed"))).toEqual(["placed current", "approved ahead", "shipped ahead", "delivered ahead"]);
    expect(timelineOf(order("placed")).progress).toBe(0);
  });

  it("is full once the order is delivered", () => {
    const delivered = order("placed", "approved", "shipped", "delivered");
    expect(states(delivered)).toEqual(["placed done", "approved done", "shipped done", "delivered current"]);
    expect(timelineOf(delivered).progress).toBe(1);
  });

  it("passes a step that was left out without inventing its time", () => {
    const skipped = timelineOf(order("placed", "shipped"));
    expect(skipped.stops[1]).toEqual({ status: "approved", state: "unknown", at: undefined });
    expect(skipped.progress).toBeCloseTo(2 / 3);
  });

  it("ends where a cancelled order ended", () => {
    const cancelled = timelineOf(order("placed", "approved", "cancelled"));
    expect(cancelled.stops.map(({ status, state }) => `${status} ${state}`)).toEqual([
      "placed done",
      "approved done",
      "cancelled current",
    ]);
    expect(cancelled.stops.at(-1)?.at).toBe(at);
  });

  it("of an order that is only known as cancelled is its end alone", () => {
    expect(states(order("cancelled"))).toEqual(["cancelled current"]);
  });
});
