import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientAddress, clientScheme } from "./forwarded-for.ts";
import { parseNetworks } from "./networks.ts";

const networksOf = (text: string) => {
  const networks = parseNetworks(text);
  if (typeof networks === "string") throw new Error(networks);
  return networks;
};
const proxies = networksOf("10.0.0.0/8, 2001:db8::/32");
const from = (peer: string, hops: number, ...values: string[]) =>
  clientAddress(
    peer,
    values.map((value) => ["X-Forwarded-For", value] as const),
    { proxies, hops },
  );

describe("the client's address", () => {
  it("is the peer's when the peer is no trusted proxy, whatever it claims", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.string()), { maxLength: 5 }), (claims) => {
        expect(from("192.0.2.9", 1, ...claims)).toBe("192.0.2.9");
      }),
    );
  });

  it.each([
    [1, ["9.9.9.9, 198.51.100.7"], "198.51.100.7"],
    [1, ["9.9.9.9", "198.51.100.7"], "198.51.100.7"],
    [2, ["9.9.9.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7"],
    [2, ["9.9.9.9, 198.51.100.7", "10.0.0.2"], "198.51.100.7"],
    [1, ["198.51.100.7:4711"], "198.51.100.7"],
    [1, ["[2001:db8::7]:4711"], "2001:db8::7"],
    [1, ["2001:db8::7"], "2001:db8::7"],
    [1, ["::ffff:198.51.100.7"], "198.51.100.7"],
  ])("is entry %i from the right of %j behind a trusted proxy", (hops, values, address) => {
    expect(from("10.0.0.1", hops, ...values)).toBe(address);
    expect(from("2001:db8::1", hops, ...values)).toBe(address);
  });

  it.each([
    [1, []],
    [1, [""]],
    [1, ["unknown"]],
    [1, ["198.51.100.7, "]],
    [2, ["198.51.100.7"]],
    [1, ["198.51.100.7\r\nX-Evil: 1"]],
  ])("is the proxy's own when entry %i of %j is no address", (hops, values) => {
    expect(from("10.0.0.1", hops, ...values)).toBe("10.0.0.1");
  });
});

describe("the client's scheme", () => {
  const scheme = (peer: string, own: "http" | "https", ...values: string[]) =>
    clientScheme(
      { peer, own },
      values.map((value) => ["X-Forwarded-Proto", value] as const),
      { proxies, hops: 1 },
    );

  it("is what a trusted proxy says last, if that is one, and what we see for anybody else", () => {
    expect(scheme("10.0.0.1", "http", "https")).toBe("https");
    expect(scheme("10.0.0.1", "http", "http", "HTTPS")).toBe("https");
    expect(scheme("10.0.0.1", "https", "gopher")).toBe("https");
    expect(scheme("10.0.0.1", "http")).toBe("http");
    expect(scheme("192.0.2.9", "http", "https")).toBe("http");
    expect(scheme("192.0.2.9", "https", "http")).toBe("https");
  });
});

describe("networks", () => {
  it("hold what is inside, by family", () => {
    const networks = networksOf("192.0.2.0/24,198.51.100.1,::1");
    expect(networks.size).toBe(3);
    const has = ["192.0.2.255", "192.0.3.0", "198.51.100.1", "198.51.100.2", "::1", "::2", "nonsense", ""].map(
      (address) => networks.has(address),
    );
    expect(has).toEqual([true, false, true, false, true, false, false, false]);
    expect(networksOf("").has("127.0.0.1")).toBe(false);
  });

  it.each(["10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/8/8", "shop.example", "10.0.0.1/"])("%s is none", (text) => {
    expect(parseNetworks(text)).toContain(text);
  });
});
