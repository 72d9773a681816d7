import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultLimits } from "../forwarding/limits.ts";
import { parseDescriptorLimit, readDescriptorLimit, withinDescriptors } from "./descriptors.ts";

it("the soft limit is read from the system's table", () => {
  const table = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax processes             1000                 1000                 processes\nMax open files            ${soft}                20000                files\n`;
  expect(parseDescriptorLimit(table("1024 "))).toBe(1_024);
  expect(parseDescriptorLimit(table("unlimited "))).toBeUndefined();
  expect(parseDescriptorLimit("something else")).toBeUndefined();
});

it("a system without such a table has no limit to keep", async () => {
  expect(await readDescriptorLimit("/nowhere/limits")).toBeUndefined();
});

it("limits stay as they are when there is room", () => {
  expect(withinDescriptors(defaultLimits, 20_000)).toBe(defaultLimits);
});

it("limits that are too high are cut so that connections and what is open behind them fit", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 300, max: 300_000 }),
      (open, connections, descriptors) => {
        const fitting = withinDescriptors({ ...defaultLimits, open, connections }, descriptors);
        expect(fitting.open + fitting.connections).toBeLessThanOrEqual(descriptors - 256);
        expect(fitting.open).toBeGreaterThan(0);
        expect(fitting.connections).toBeGreaterThan(0);
        expect(fitting.open).toBeLessThanOrEqual(open);
        expect(fitting.connections).toBeLessThanOrEqual(connections + 1);
      },
    ),
    { examples: [[9_500, 10_000, 1_024]] },
  );
});
