import { expect, it } from "vitest";
import { MAX_DISMISSED, MAX_PROMOTIONS, Promotions } from "./promotions.ts";
import type { Promotion } from "./wire.ts";

const promotion = (id: string): Promotion => ({ id, segment: "all", title: id, body: "", at: "" });

it("shows the newest promotions first, at most so many", () => {
  const promotions = new Promotions();
  for (let index = 0; index < MAX_PROMOTIONS + 5; index += 1) promotions.add(promotion(`p${index}`));
  expect(promotions.shown).toHaveLength(MAX_PROMOTIONS);
  expect(promotions.shown[0]?.id).toBe(`p${MAX_PROMOTIONS + 4}`);
});

it("shows a promotion once, and a dismissed one never again", () => {
  const promotions = new Promotions();
  expect(promotions.add(promotion("a"))).toBe(true);
  expect(promotions.add(promotion("a"))).toBe(false);
  promotions.dismiss("a");
  expect(promotions.shown).toEqual([]);
  expect(promotions.add(promotion("a"))).toBe(false);
});

it("forgets the oldest dismissal at its bound", () => {
  const promotions = new Promotions();
  for (let index = 0; index <= MAX_DISMISSED; index += 1) promotions.dismiss(`p${index}`);
  expect(promotions.add(promotion("p1"))).toBe(false);
  expect(promotions.add(promotion("p0"))).toBe(true);
});
