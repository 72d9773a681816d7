import { expect, it } from "vitest";
import { retryDelayMs } from "./connection.ts";

it("waits from 50 ms to 2 s before it connects again, spread by chance", () => {
  expect(retryDelayMs(1, 0)).toBe(50);
  expect(retryDelayMs(1, 0.999)).toBe(100);
  expect(retryDelayMs(5, 0.5)).toBe(825);
  for (const attempt of [1, 7, 1_000_000]) expect(retryDelayMs(attempt, 0.999_999)).toBeLessThanOrEqual(2_000);
  expect(retryDelayMs(1_000_000, 0)).toBe(50);
});
