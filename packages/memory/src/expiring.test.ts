import { expect, it } from "vitest";
import { Expiring, StoreFull } from "./expiring.ts";

it("never answers an entry whose time is over", () => {
  const entries = new Expiring<string>(10);
  entries.set("a", "A", { now: 0, until: 100 });
  expect(entries.get("a", 99)).toBe("A");
  expect(entries.get("a", 100)).toBeUndefined();
});

it("lets go of ended entries that nobody asks for, while others are written", () => {
  const entries = new Expiring<number>(1_000);
  entries.set("stays", 0, { now: 0, until: 1_000_000 });
  for (let now = 1; now < 10_000; now++) entries.set(`e${now}`, now, { now, until: now + 50 });
  expect(entries.size).toBeLessThan(150);
  expect(entries.get("stays", 10_000)).toBe(0);
});

it("takes no more than its bound, until something ends", () => {
  const entries = new Expiring<number>(2);
  for (const key of ["a", "b"]) entries.set(key, 1, { now: 0, until: 100 });
  expect(() => entries.set("c", 1, { now: 50, until: 200 })).toThrow(StoreFull);
  entries.set("b", 2, { now: 50, until: 300 });
  entries.set("c", 1, { now: 100, until: 200 });
  expect([entries.get("a", 100), entries.get("b", 100), entries.get("c", 100)]).toEqual([undefined, 2, 1]);
});
