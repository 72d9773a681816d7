import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const bounds = { firstMs: 100, capMs: 5_000 };

describe("the pause before another try", () => {
  it("has a bound that doubles up to the cap", () => {
    const almostOne = 1 - Number.EPSILON;
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 1_000_000].map((attempt) => backoffMs(attempt, almostOne, bounds));
    expect(pauses).toEqual([99, 199, 399, 799, 1_599, 3_199, 4_999, 4_999, 4_999]);
  });

  it("is anywhere between nothing and its bound", () => {
    expect([0, 0.25, 0.5].map((random) => backoffMs(3, random, bounds))).toEqual([0, 200, 400]);
  });
});
