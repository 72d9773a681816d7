import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excessOf, type Loaded, sliceOf, spreadOf } from "./plan.ts";

const nodes = (...loads: number[]): Loaded[] => loads.map((load, index) => ({ id: `n${index}`, weight: 1, load }));
const anyNodes = fc
  .array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), load: fc.integer({ min: 0, max: 20_000 }) }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((list) => list.map((node, index) => ({ id: `n${index}`, ...node })));

describe("the plan of a rebalance", () => {
  it("takes from the full for a node that joined empty, only the excess", () => {
    expect(excessOf(nodes(40, 40, 40, 0), 0.1)).toEqual([
      { id: "n0", count: 10 },
      { id: "n1", count: 10 },
      { id: "n2", count: 10 },
    ]);
  });

  it("takes from the full also when each is only a little too full, for the sake of one that is empty", () => {
    expect(excessOf(nodes(...Array.from({ length: 19 }, () => 100), 0), 0.1)).toHaveLength(19);
  });

  it("leaves alone what is within the tolerance, and what differs by one client", () => {
    expect(excessOf(nodes(109, 100, 91), 0.1)).toEqual([]);
    expect(excessOf(nodes(2, 1, 0), 0.1)).toEqual([]);
    expect(excessOf([], 0.1)).toEqual([]);
    expect(spreadOf(nodes(0, 0))).toBe(0);
  });

  it("goes by weight", () => {
    const weighted = [
      { id: "big", weight: 3, load: 50 },
      { id: "small", weight: 1, load: 50 },
    ];
    expect(excessOf(weighted, 0.1)).toEqual([{ id: "small", count: 25 }]);
  });

  it("never takes a node below its target, and ends within the tolerance when what left comes to those below", () => {
    fc.assert(
      fc.property(anyNodes, (given) => {
        const excess = new Map(excessOf(given, 0.1).map(({ id, count }) => [id, count]));
        const total = given.reduce((sum, { load }) => sum + load, 0);
        const weights = given.reduce((sum, { weight }) => sum + weight, 0);
        const moved = [...excess.values()].reduce((sum, count) => sum + count, 0);
        if (moved === 0) return;
        const targetOf = ({ weight }: Loaded) => (total * weight) / weights;
        const left = given.map((node) => ({ ...node, load: node.load - (excess.get(node.id) ?? 0) }));
        for (const node of left)
          if (excess.has(node.id)) expect(node.load).toBeGreaterThanOrEqual(targetOf(node) - 1e-6);
        const missing = left.reduce((sum, node) => sum + Math.max(0, targetOf(node) - node.load), 0);
        expect(moved).toBeLessThanOrEqual(missing + 1e-6);
      }),
    );
  });

  it("is cut into slices that keep the budget and always get on", () => {
    fc.assert(
      fc.property(anyNodes, fc.integer({ min: 1, max: 500 }), (given, budget) => {
        const excess = excessOf(given, 0.1);
        const slice = sliceOf(excess, budget);
        const sum = slice.reduce((all, { count }) => all + count, 0);
        expect(sum).toBeLessThanOrEqual(budget);
        expect(sum > 0).toBe(excess.length > 0);
        for (const { id, count } of slice)
          expect(count).toBeLessThanOrEqual(excess.find((one) => one.id === id)?.count ?? 0);
      }),
    );
  });
});
