import { describe, expect, it } from "vitest";
import { readOrder, type StandingOrder, writeOrder } from "./order.ts";

const orders: readonly StandingOrder[] = [
  { kind: "strategy", strategy: "p2c" },
  { kind: "added", node: "127.0.0.1:9001", added: { address: { host: "127.0.0.1", port: 9001 }, weight: 3 } },
  { kind: "weight", node: "a node with spaces", weight: 1_000 },
  { kind: "course", node: "n", course: { to: "hold" } },
  { kind: "course", node: "n", course: { to: "drain", overMs: 0, startedAt: 5 } },
  { kind: "course", node: "n", course: { to: "remove", force: true } },
];

describe("a standing order as text", () => {
  it.each(orders)("is read as it was written: %o", (order) => {
    expect(readOrder(...writeOrder(order))).toEqual(order);
  });

  it.each([
    ["strategy", "best"],
    ["added nonsense", "1"],
    ["weight n", "0"],
    ["weight n", "many"],
    ["course n", "{"],
    ["course n", '{"to":"paint"}'],
    ["course n", '{"to":"drain","overMs":-1}'],
    ["song n", "la"],
    ["", ""],
  ])("that cannot be understood is none: %s %s", (name, text) => {
    expect(readOrder(name, text)).toBeUndefined();
  });
});
