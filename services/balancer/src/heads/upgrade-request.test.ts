import { describe, expect, it } from "vitest";
import { KEY } from "../testing/raw-client.ts";
import { headerLines } from "./headers.ts";
import { acceptOf, type RequestHead, readUpgrade } from "./upgrade-request.ts";

const usual = [
  ["Host", "shop.example"],
  ["Upgrade", "websocket"],
  ["Connection", "keep-alive, Upgrade"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", KEY],
] as const;

const head = (changes: Partial<RequestHead> = {}): RequestHead => ({
  method: "GET",
  version: "1.1",
  target: "/connection/websocket?x=1",
  lines: usual,
  ...changes,
});
const without = (name: string) => usual.filter(([given]) => given !== name);
const visitor = { address: "10.0.0.1", group: "10.0.0.1", scheme: "http" } as const;
const refusalOf = (changes: Partial<RequestHead>) => {
  const reading = readUpgrade(head(changes), visitor);
  return reading.ok ? undefined : reading.cause;
};
const textOf = (lines: RequestHead["lines"]) => {
  const reading = readUpgrade(head({ lines }), visitor);
  if (!reading.ok) throw new Error(reading.cause);
  return reading.request.text;
};

it("knows the accept value of RFC 6455's example", () => {
  expect(acceptOf("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

describe("an upgrade is refused", () => {
  it.each([
    ["by another method", { method: "POST" }],
    ["in HTTP/1.0", { version: "1.0" }],
    ["in absolute form", { target: "http://shop.example/connection/websocket" }],
    ["with a dot segment", { target: "/connection/../internal" }],
    ["with an encoded dot segment", { target: "/connection/%2e%2e/internal" }],
    ["with an encoded slash", { target: "/connection/..%2finternal" }],
    ["without Host", { lines: without("Host") }],
    ["with two Hosts", { lines: [...usual, ["Host", "other"]] }],
    ["without a key", { lines: without("Sec-WebSocket-Key") }],
    ["with two keys", { lines: [...usual, ["sec-websocket-key", KEY]] }],
    ["with a key of the wrong length", { lines: [...without("Sec-WebSocket-Key"), ["Sec-WebSocket-Key", "YQ=="]] }],
    ["to h2c", { lines: [...without("Upgrade"), ["Upgrade", "h2c"]] }],
    ["to two protocols", { lines: [...without("Upgrade"), ["Upgrade", "websocket, h2c"]] }],
    ["without Connection: Upgrade", { lines: [...without("Connection"), ["Connection", "keep-alive"]] }],
    ["with Content-Length", { lines: [...usual, ["Content-Length", "0"]] }],
    ["with Transfer-Encoding", { lines: [...usual, ["Transfer-Encoding", "chunked"]] }],
  ] as [string, Partial<RequestHead>][])("%s", (_how, changes) => {
    expect(refusalOf(changes)).toBe("malformed");
  });

  it("with 426 for another version and 404 for another path", () => {
    expect(refusalOf({ lines: [...without("Sec-WebSocket-Version"), ["Sec-WebSocket-Version", "8"]] })).toBe(
      "bad_version",
    );
    expect(refusalOf({ target: "/internal" })).toBe("not_found");
    expect(refusalOf({ target: "/connectionx" })).toBe("not_found");
    expect(refusalOf({ target: "/api/publish" })).toBe("not_found");
  });
});

describe("what the node is sent", () => {
  it("has one Host, one Connection, one Upgrade, and the client's other lines in order and case", () => {
    const text = textOf([...usual, ["X-A", "1"], ["Cookie", "c=ü"], ["x-a", "2"]]);
    expect(text).toMatch(/^GET \/connection\/websocket\?x=1 HTTP\/1\.1\r\nHost: shop\.example\r\n/);
    expect(text).toContain("X-A: 1\r\nCookie: c=ü\r\nx-a: 2\r\n");
    expect(text.match(/^Connection: .*$/gm)).toEqual(["Connection: Upgrade"]);
    expect(text.match(/^Upgrade: .*$/gm)).toEqual(["Upgrade: websocket"]);
    expect(text.endsWith("\r\n\r\n")).toBe(true);
  });

  it("lacks hop-by-hop lines and those that Connection names", () => {
    const lines = without("Connection").concat([
      ["Connection", "Upgrade, X-Secret"],
      ["connection", "x-other"],
    ] as never);
    const text = textOf([
      ...lines,
      ["X-Secret", "s"],
      ["X-Other", "o"],
      ["TE", "trailers"],
      ["Proxy-Authorization", "p"],
    ]);
    expect(text).not.toMatch(/X-Secret|X-Other|TE:|Proxy-/i);
  });

  it("carries the real address alone, even when Connection names the header", () => {
    const lines = without("Connection").concat([["Connection", "Upgrade, X-Forwarded-For, Host"]] as never);
    const text = textOf([
      ...lines,
      ["X-Forwarded-For", "9.9.9.9"],
      ["x-real-ip", "9.9.9.9"],
      ["Forwarded", "for=9.9.9.9"],
      ["X-Forwarded-Host", "evil"],
    ]);
    expect(text).not.toMatch(/9\.9\.9\.9|evil/);
    expect(text.match(/^X-Forwarded-For: .*$/gim)).toEqual(["X-Forwarded-For: 10.0.0.1"]);
    expect(text).toContain("Host: shop.example");
  });
});

it("pairs Node's flat header list", () => {
  expect(headerLines(["A", "1", "b", "2"])).toEqual([
    ["A", "1"],
    ["b", "2"],
  ]);
});
