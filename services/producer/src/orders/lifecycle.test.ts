import { ORDER_STATUSES } from "@bellwire/events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFinal, isLegal, legalSteps, predecessors, type Station } from "./lifecycle.ts";

const walk = fc.array(fc.constantFrom(...ORDER_STATUSES), { maxLength: 12 });

describe("the life of an order", () => {
  it("goes one step at a time for the shop, and can be cancelled before it is delivered", () => {
    expect(legalSteps("new", "strict")).toEqual(["placed"]);
    expect(legalSteps("placed", "strict")).toEqual(["approved", "cancelled"]);
    expect(legalSteps("approved", "strict")).toEqual(["shipped", "cancelled"]);
    expect(legalSteps("shipped", "strict")).toEqual(["delivered", "cancelled"]);
    expect(legalSteps("delivered", "strict")).toEqual([]);
  });

  it("may skip forward in a replay", () => {
    expect(isLegal("placed", "delivered", "replay")).toBe(true);
    expect(isLegal("placed", "delivered", "strict")).toBe(false);
    expect(isLegal("shipped", "approved", "replay")).toBe(false);
  });

  it.each(["strict", "replay"] as const)(
    "never goes back, never leaves an end and never takes a step twice (%s)",
    (rules) => {
      fc.assert(
        fc.property(walk, (wishes) => {
          let station: Station = "new";
          const taken: Station[] = [];
          for (const wish of wishes) {
            if (!isLegal(station, wish, rules)) continue;
            expect(isFinal(station)).toBe(false);
            station = wish;
            taken.push(wish);
          }
          const ranks = taken.map((step) => ORDER_STATUSES.indexOf(step as (typeof ORDER_STATUSES)[number]));
          expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
          expect(taken.includes("delivered") && taken.includes("cancelled")).toBe(false);
        }),
      );
    },
  );

  it("says the same from both ends of the table", () => {
    expect(predecessors("cancelled", "replay")).toEqual(["placed", "approved", "shipped"]);
    expect(predecessors("delivered", "strict")).toEqual(["shipped"]);
  });
});
