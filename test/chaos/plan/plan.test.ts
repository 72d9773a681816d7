import fc from "fast-check";
import { expect, it } from "vitest";
import { textOf } from "./fault.ts";
import { pathNames, planOf } from "./plan.ts";

const options = fc.record({
  seed: fc.nat(),
  stormMs: fc.integer({ min: 1_000, max: 60_000 }),
  nodes: fc.integer({ min: 1, max: 9 }),
  doors: fc.integer({ min: 1, max: 4 }),
});

it("is the same for the same seed and options", () => {
  fc.assert(
    fc.property(options, (one) => {
      expect(planOf({ ...one })).toEqual(planOf(one));
    }),
  );
});

it("is another for another seed", () => {
  const plans = [1, 2, 3, 4, 5].map((seed) => planOf({ seed, stormMs: 60_000, nodes: 3, doors: 3 }));
  expect(new Set(plans.map((plan) => plan.map(textOf).join())).size).toBe(5);
});

it("is in order, within the storm, and harms only what is there", () => {
  fc.assert(
    fc.property(options, (one) => {
      const plan = planOf(one);
      const ways = pathNames(one.nodes, one.doors);
      for (const [index, { at, fault }] of plan.entries()) {
        expect(at).toBeGreaterThanOrEqual(plan[index - 1]?.at ?? 0);
        expect(at).toBeLessThan(one.stormMs);
        if (fault.kind === "path") expect(ways).toContain(fault.path);
      }
    }),
  );
});

it("leaves a server that restarts alone until it is back", () => {
  fc.assert(
    fc.property(options, (one) => {
      for (const server of ["rabbitmq", "redis"]) {
        const times = planOf(one).flatMap(({ at, fault }) =>
          fault.kind === "restart" && fault.server === server ? [at] : [],
        );
        for (const [index, at] of times.entries())
          if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(9_000);
      }
    }),
  );
});

it("meets every kind of fault within a few minutes", () => {
  const kinds = new Set(planOf({ seed: 1, stormMs: 180_000, nodes: 3, doors: 3 }).map(({ fault }) => fault.kind));
  expect(kinds.size).toBe(9);
});
