import { describe, expect, it } from "vitest";
import { AllowedOrigin, createOriginCheck } from "./origins.ts";

describe("an origin", () => {
  const check = createOriginCheck(["https://shop.example", "https://*.shop.example", "http://[::1]:3000"]);

  it("that is listed may come, by name or below a name", () => {
    expect(check("https://shop.example", "push.other.example")).toBe(true);
    expect(check("https://www.shop.example", "push.other.example")).toBe(true);
    expect(check("https://a.b.shop.example", "push.other.example")).toBe(true);
    expect(check("http://[::1]:3000", "push.other.example")).toBe(true);
  });

  it.each([
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://.shop.example",
    "https://shop.example@evil.example",
    "https://evil.example/.shop.example",
    "null",
    "",
    "%%",
  ])("%s that is not listed may not", (origin) => {
    expect(check(origin, "push.other.example")).toBe(false);
  });

  it("of the same host may come on any port; all names of this machine are one host", () => {
    const none = createOriginCheck([]);
    expect(none("http://shop.example:8020", "shop.example:8000")).toBe(true);
    expect(none("https://Shop.Example", "SHOP.example")).toBe(true);
    expect(none("http://localhost:8020", "127.0.0.1:8000")).toBe(true);
    expect(none("http://[::1]:8020", "localhost:8000")).toBe(true);
    expect(none("http://shop.example:8020", "push.shop.example")).toBe(false);
    expect(none("http://127.0.0.1.evil.example", "127.0.0.1:8000")).toBe(false);
    expect(none("http://evil.example", "127.0.0.1:8000")).toBe(false);
    expect(none("http://shop.example", undefined)).toBe(false);
  });

  it("is not asked of who is no page, and of nobody where all are allowed", () => {
    expect(createOriginCheck([])(undefined, "shop.example")).toBe(true);
    expect(createOriginCheck(["*"])("null", "shop.example")).toBe(true);
  });

  it("is listed in lower case, without a path", () => {
    for (const entry of ["*", "https://shop.example", "https://*.shop.example", "http://127.0.0.1:8020", "app://shop"])
      expect(AllowedOrigin.safeParse(entry).success, entry).toBe(true);
    for (const entry of ["shop.example", "https://shop.example/", "https://Shop.example", "https://*", "https://a.*.b"])
      expect(AllowedOrigin.safeParse(entry).success, entry).toBe(false);
  });
});
