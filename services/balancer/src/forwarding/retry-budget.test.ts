import fc from "fast-check";
import { expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

it("allows the reserve at once, then a fifth of the opens", () => {
  const budget = new RetryBudget({ share: 0.2, reserve: 10 });
  const retries = (opens: number): number => {
    let made = 0;
    for (let open = 0; open < opens; open++) {
      budget.opened();
      if (budget.take()) made += 1;
    }
    return made;
  };
  expect(retries(1_000)).toBeLessThanOrEqual(10 + 200);
  expect(retries(1_000)).toBeGreaterThanOrEqual(199);
  expect(retries(1_000)).toBeLessThanOrEqual(201);
});

it("never allows more than the reserve and the share together, in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), fc.nat(20), (events, reserve) => {
      const budget = new RetryBudget({ share: 0.2, reserve });
      let opens = 0;
      let retries = 0;
      for (const isOpen of events) {
        if (isOpen) {
          opens += 1;
          budget.opened();
        } else if (budget.take()) retries += 1;
      }
      expect(retries).toBeLessThanOrEqual(reserve + 0.2 * opens + 1e-6);
    }),
  );
});
