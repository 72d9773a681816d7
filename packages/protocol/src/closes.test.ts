import { describe, expect, it } from "vitest";
import { closes, isApplicationError, isUsableClose, unsubscribes } from "./index.ts";

describe("the table of closes", () => {
  it.each(Object.entries({ ...closes, ...unsubscribes }))(
    "gives %s a reason in plain words that no SDK takes for JSON",
    (_name, { reason }) => {
      expect(reason).toMatch(/^[a-z ]{4,123}$/);
      expect(() => JSON.parse(reason)).toThrow();
    },
  );

  it("has each code once", () => {
    const codes = Object.values(closes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("a close that an operator asks for", () => {
  it.each([
    [4001, "go away", true],
    [4001, "", false],
    [4001, "true", false],
    [4001, "123", false],
    [4001, '{"reconnect":false}', false],
    [1000, "bye", false],
    [5000, "bye", false],
    [4001, "x".repeat(124), false],
    [4001, "two\nlines", false],
  ])("%i %j is usable: %s", (code, reason, usable) => {
    expect(isUsableClose({ code, reason })).toBe(usable);
  });
});

describe("an error that the shop's backend answers with", () => {
  it.each([
    [400, "a", true],
    [1999, "a", true],
    [399, "a", false],
    [2000, "a", false],
    [1000.5, "a", false],
    [1000, "x".repeat(256), false],
  ])("%d %s is its own: %s", (code, message, own) => {
    expect(isApplicationError({ code, message })).toBe(own);
  });
});
