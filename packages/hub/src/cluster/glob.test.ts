import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fits } from "./glob.ts";

describe("a channel pattern", () => {
  it.each([
    ["*", "orders:user#ada", true],
    ["", "a", false],
    ["orders:*", "orders:user#ada", true],
    ["orders:*", "promo:all", false],
    ["*ada", "orders:user#ada", true],
    ["*ada", "orders:user#adam", false],
    ["or*er#a*", "orders:user#ada", true],
    ["promo:?ll", "promo:all", true],
    ["promo:?ll", "promo:ll", false],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["a\\?b", "axb", false],
    ["a\\", "a\\", true],
    ["a.c", "abc", false],
    ["[a]", "a", false],
  ])("%j on %j: %s", (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected);
  });

  it("does what a regular expression does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "\\"), maxLength: 12 });
    const name = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "\\"), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (pattern, channel) => {
        const source = pattern.replace(/\\(.)|\\$|\*|\?|[^\\*?]/gs, (sign, escaped?: string) => {
          if (escaped !== undefined) return `\\u{${escaped.codePointAt(0)?.toString(16)}}`;
          if (sign === "*") return ".*";
          if (sign === "?") return ".";
          return `\\u{${sign.codePointAt(0)?.toString(16)}}`;
        });
        expect(fits(pattern, channel)).toBe(new RegExp(`^${source}$`, "su").test(channel));
      }),
      { numRuns: 2_000 },
    );
  });

  it("that would cost a naive matcher for ever is quick", () => {
    const begun = performance.now();
    expect(fits(`${"*a".repeat(127)}b`, "a".repeat(255))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
