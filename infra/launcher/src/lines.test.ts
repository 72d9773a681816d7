import { expect, it } from "vitest";
import { splitLines } from "./lines.ts";
import { pauseAfter } from "./supervised.ts";

it("joins what arrives in pieces and hands over a last line without end", () => {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  for (const chunk of ["a", "b\nc\n", "\n", "d"]) splitter.push(chunk);
  expect(lines).toEqual(["ab", "c", ""]);
  splitter.end();
  expect(lines).toEqual(["ab", "c", "", "d"]);
});

it("never holds more than the longest line", () => {
  const lengths: number[] = [];
  const splitter = splitLines((line) => lengths.push(line.length));
  for (let chunk = 0; chunk < 20; chunk += 1) splitter.push("x".repeat(10_000));
  splitter.end();
  expect(Math.max(...lengths)).toBeLessThan(80_000);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(200_000);
});

it("waits longer for a process that keeps dying, and never longer than ten seconds", () => {
  expect([1, 2, 3, 4, 5, 50].map(pauseAfter)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});
