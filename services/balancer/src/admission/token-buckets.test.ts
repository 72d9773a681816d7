import fc from "fast-check";
import { expect, it } from "vitest";
import { TokenBuckets } from "./token-buckets.ts";

function stage(options: { perSecond: number; burst: number; maxKeys?: number }) {
  let forgotten = 0;
  const buckets = new TokenBuckets({ maxKeys: 100, ...options, onForgotten: () => void forgotten++ });
  return { buckets, forgotten: () => forgotten };
}

it("lets a burst through, then so many per second", () => {
  const { buckets } = stage({ perSecond: 5, burst: 3 });
  const taken = (now: number, tries: number) =>
    Array.from({ length: tries }, () => buckets.take("a", now)).filter(Boolean).length;
  expect(taken(0, 12)).toBe(3);
  expect(taken(1_000, 12)).toBe(3);
  expect(taken(1_400, 12)).toBe(2);
  expect(taken(1_500, 12)).toBe(0);
  expect(buckets.take("b", 1_500)).toBe(true);
});

it("never lets more through than burst and rate allow, whenever it is asked", () => {
  const pauses = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (list, perSecond, burst) => {
      const { buckets } = stage({ perSecond, burst });
      let now = 0;
      let taken = 0;
      for (const pause of list) {
        now += pause;
        if (buckets.take("a", now)) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(burst + (now / 1_000) * perSecond + 1e-6);
    }),
  );
});

it("remembers only so many, forgets the one unheard of for longest, and tells if that was too early", () => {
  const { buckets, forgotten } = stage({ perSecond: 1, burst: 1, maxKeys: 2 });
  for (const key of ["a", "b", "a", "c"]) buckets.take(key, 0);
  expect(buckets.size).toBe(2);
  expect(forgotten()).toBe(1);
  expect(buckets.take("a", 0)).toBe(false);
  expect(buckets.take("b", 0)).toBe(true);
  const later = stage({ perSecond: 1, burst: 1, maxKeys: 1 });
  later.buckets.take("a", 0);
  later.buckets.take("b", 5_000);
  expect(later.forgotten()).toBe(0);
});
