import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Place, spread } from "./spread.ts";

const roster = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
const partitions = fc.integer({ min: 1, max: 64 });
const shares = (places: readonly Place[], nodes: readonly string[]) =>
  nodes.map((node) => places.filter(({ first }) => first === node).length);

describe("the spread of partitions", () => {
  it("gives every partition a node of the roster, and another one as standby", () => {
    fc.assert(
      fc.property(partitions, roster, (count, nodes) => {
        const places = spread(count, nodes);
        expect(places).toHaveLength(count);
        for (const { first, standby } of places) {
          expect(nodes).toContain(first);
          expect(standby).not.toBe(first);
          expect(standby !== undefined).toBe(nodes.length > 1);
        }
      }),
    );
  });

  it("gives shares that differ by one at most", () => {
    fc.assert(
      fc.property(partitions, roster, (count, nodes) => {
        const counts = shares(spread(count, nodes), nodes);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("does not depend on the roster's order or repeats", () => {
    fc.assert(
      fc.property(partitions, roster, (count, nodes) => {
        expect(spread(count, [...nodes.toReversed(), ...nodes])).toEqual(spread(count, nodes));
      }),
    );
  });

  it("gives nothing to an empty roster", () => {
    expect(spread(8, [])).toEqual([]);
  });

  it("leaves most partitions where they are when a node leaves", () => {
    const kept = Array.from({ length: 200 }, (_, run) => {
      const [leaving = "", ...staying] = ["a", "b", "c", "d"].map((name) => `${name}-${run}`);
      const after = spread(16, staying);
      return spread(16, [leaving, ...staying])
        .map(({ first }, index) => ({ first, stays: after[index]?.first === first }))
        .filter(({ first }) => first !== leaving);
    }).flat();
    expect(kept.filter(({ stays }) => stays).length / kept.length).toBeGreaterThan(0.7);
  });
});
