import { describe, expect, it } from "vitest";
import { firstNameOf, initialsOf, matching, nameOf } from "./customers.ts";
import { greetingAt, momentOf } from "./moment.ts";
import { moneyOf } from "./money.ts";
import type { Order, OrderStatus } from "./order.ts";
import { countOrders, summaryOf } from "./order-counts.ts";
import { endpointsOf } from "./push.ts";
import { explanationOf } from "./refusal.ts";

const customer = (id: string, name?: string) => ({ id, name, segment: undefined, orders: 0 });

describe("a moment", () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it.each([
    ["2026-11-22T08:05:00Z", { day: "Today", time: "08:05" }],
    ["2026-11-21T23:59:00Z", { day: "21 Nov", time: "23:59" }],
    ["2017-10-02T10:56:33Z", { day: "2 Oct 2017", time: "10:56" }],
    ["nonsense", { day: "", time: "" }],
  ])("at %s is said as people say it", (at, said) => {
    expect(momentOf(at, now, "en-GB", "UTC")).toEqual(said);
  });

  it("has its greeting at every hour", () => {
    expect([3, 5, 12, 18].map(greetingAt)).toEqual(["Good evening", "Good morning", "Good afternoon", "Good evening"]);
  });
});

describe("an amount", () => {
  it("has its currency where the shop told one", () => {
    expect(moneyOf(1234.5, undefined, "en-GB")).toBe("1,234.50");
    expect(moneyOf(1234.5, "EUR", "en-GB")).toBe("€1,234.50");
    expect(moneyOf(1234, "JPY", "en-GB")).toBe("JP¥1,234");
  });
});

describe("a refusal", () => {
  it("is explained whatever its code", () => {
    expect(explanationOf(3503)).toMatch(/^The shop ended this connection\. .* until you try again\.$/);
    expect(explanationOf(4999)).toMatch(/^The shop did not accept this connection\. /);
  });
});

describe("a customer", () => {
  it("is called by name, or else by a number that is cut when it is long", () => {
    expect(nameOf(customer("c-1", "Ada Lindqvist"))).toBe("Ada Lindqvist");
    expect(firstNameOf(customer("c-1", "Ada Lindqvist"))).toBe("Ada");
    expect(nameOf(customer("9ef432eb6251297304e76186b10a928d"))).toBe("Customer 9ef432eb…");
    expect(nameOf(customer("ana"))).toBe("Ana");
    expect([initialsOf(customer("c-1", "Ada B. Lindqvist")), initialsOf(customer("9ef4"))]).toEqual(["AL", "9E"]);
  });

  it("is found by the words of the name or by the number, the best match first", () => {
    const people = [customer("1", "Noor Ada"), customer("2", "Ada Noor"), customer("77", "Li Wei")];
    expect(matching(people, "ada").map(({ id }) => id)).toEqual(["2", "1"]);
    expect(matching(people, "wei li").map(({ id }) => id)).toEqual(["77"]);
    expect(matching(people, "77").map(({ id }) => id)).toEqual(["77"]);
    expect(matching(people, "zz")).toEqual([]);
    expect(matching(people, " ")).toHaveLength(3);
  });
});

describe("the counts", () => {
  const order = (status: OrderStatus): Order => ({
    orderId: status,
    steps: [{ status, version: 1, at: "2026-01-01T00:00:00Z" }],
    items: [],
    total: undefined,
    currency: undefined,
  });

  it("are said as a sentence that leaves out what there is none of", () => {
    const counts = countOrders([order("placed"), order("shipped"), order("delivered")]);
    expect(counts).toEqual({ all: 3, moving: 2, delivered: 1, cancelled: 0 });
    expect(summaryOf(counts)).toBe("2 on the way, 1 delivered.");
    expect(summaryOf(countOrders([]))).toBe("Nothing on its way right now.");
  });
});

describe("the cluster's address", () => {
  const page = { hostname: "192.168.1.7", protocol: "http:" };
  it("is the page's host unless another was configured", () => {
    const push = { urls: [], port: 8000, path: "/connection/websocket", negotiate: false };
    expect(endpointsOf(push, page)).toEqual(["ws://192.168.1.7:8000/connection/websocket"]);
    expect(endpointsOf(push, { ...page, protocol: "https:" })[0]).toMatch(/^wss:/);
    expect(endpointsOf({ ...push, urls: ["wss://push.shop/x"] }, page)).toEqual(["wss://push.shop/x"]);
  });
});
