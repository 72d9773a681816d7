import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { v1, v2 } from "../testing/proxy-headers.ts";
import { readProxyHeader } from "./proxy-header.ts";

const read = (bytes: Buffer | string) => readProxyHeader(Buffer.from(bytes as string, "latin1"));
const v4 = Buffer.from([192, 0, 2, 1, 10, 0, 0, 1, 0x30, 0x39, 0, 80]);
const v6 = Buffer.from(
  "20010db8000000000000000000000001fe800000000000000000000000000002303900 50".replace(" ", ""),
  "hex",
);

describe("version 1", () => {
  it.each([
    ["PROXY TCP4 192.0.2.1 10.0.0.1 12345 80\r\n", "192.0.2.1"],
    ["PROXY TCP6 2001:db8::1 fe80::2 12345 80\r\n", "2001:db8::1"],
    ["PROXY UNKNOWN\r\n", undefined],
    ["PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", undefined],
  ])("%j names %s", (text, source) => {
    expect(read(`${text}GET / HTTP/1.1`)).toEqual({ kind: "complete", bytes: text.length, ...(source && { source }) });
  });

  it.each([
    "PROXY TCP4 192.0.2.1 10.0.0.1 12345\r\n",
    "PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n",
    "PROXY TCP4 ::1 ::2 1 2\r\n",
    "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n",
    "PROXY TCP4 192.0.2.1 10.0.0.1 65536 80\r\n",
    "PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n",
    "PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n",
    "PROXY \r\n",
    "proxy UNKNOWN\r\n",
    "GET / HTTP/1.1\r\n",
  ])("%j is bad", (text) => {
    expect(read(text)).toEqual({ kind: "bad" });
  });

  it("ends within 107 bytes or is bad", () => {
    const longest = `PROXY UNKNOWN ${"x".repeat(91)}\r\n`;
    expect(longest.length).toBe(107);
    expect(read(longest).kind).toBe("complete");
    expect(read(longest.slice(0, -1)).kind).toBe("incomplete");
    expect(read(`PROXY UNKNOWN ${"x".repeat(92)}\r\n`).kind).toBe("bad");
    expect(read(`PROXY UNKNOWN ${"x".repeat(93)}`).kind).toBe("bad");
  });
});

describe("version 2", () => {
  it("names the source of TCP over IPv4 and IPv6, and skips extensions", () => {
    expect(read(v2(0x21, 0x11, v4))).toEqual({ kind: "complete", bytes: 28, source: "192.0.2.1" });
    expect(read(v2(0x21, 0x21, v6))).toEqual({ kind: "complete", bytes: 52, source: "2001:db8::1" });
    const extended = Buffer.concat([v4, Buffer.alloc(100, 7)]);
    expect(read(v2(0x21, 0x11, extended))).toEqual({ kind: "complete", bytes: 128, source: "192.0.2.1" });
  });

  it("names nobody for the proxy's own connections, whatever addresses they carry", () => {
    expect(read(v2(0x20, 0x11, v4))).toEqual({ kind: "complete", bytes: 28 });
    expect(read(v2(0x20, 0x00, Buffer.alloc(0)))).toEqual({ kind: "complete", bytes: 16 });
    expect(read(v2(0x21, 0x00, Buffer.alloc(5)))).toEqual({ kind: "complete", bytes: 21 });
  });

  it("is bad with a length that lies, another version, command or family", () => {
    expect(read(v2(0x21, 0x11, v4.subarray(0, 11))).kind).toBe("bad");
    expect(read(v2(0x21, 0x21, v4)).kind).toBe("bad");
    expect(read(v2(0x11, 0x11, v4)).kind).toBe("bad");
    expect(read(v2(0x22, 0x11, v4)).kind).toBe("bad");
    expect(read(v2(0x21, 0x12, v4)).kind).toBe("bad");
    expect(read(v2(0x21, 0x31, Buffer.alloc(216))).kind).toBe("bad");
    expect(read(v2(0x21, 0x11, v4, 2_049)).kind).toBe("bad");
    expect(read(v2(0x21, 0x11, v4, 2_048)).kind).toBe("incomplete");
    expect(read(v2(0x21, 0x11, v4, 13)).kind).toBe("incomplete");
  });
});

describe("any bytes", () => {
  const headers = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([address, port]) => Buffer.from(v1(address, port))),
    fc.uint8Array({ minLength: 12, maxLength: 300 }).map((bytes) => v2(0x21, 0x11, Buffer.from(bytes))),
    fc.uint8Array({ minLength: 36, maxLength: 300 }).map((bytes) => v2(0x21, 0x21, Buffer.from(bytes))),
  );

  it("of a header are incomplete until the last, and read the same whatever follows", () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 50 }), (header, after) => {
        for (let end = 0; end < header.length; end++)
          expect(readProxyHeader(header.subarray(0, end)).kind).toBe("incomplete");
        const alone = readProxyHeader(header);
        expect(alone).toMatchObject({ kind: "complete", bytes: header.length });
        expect(readProxyHeader(Buffer.concat([header, after]))).toEqual(alone);
      }),
    );
  });

  it("never throw, and never name what is no address", () => {
    const near = fc.tuple(headers, fc.nat(400), fc.nat(255)).map(([header, at, value]) => {
      const bytes = Buffer.from(header);
      bytes[at % bytes.length] = value;
      return bytes;
    });
    const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(near, noise), (bytes) => {
        const reading = readProxyHeader(bytes);
        if (reading.kind !== "complete") return;
        expect(reading.bytes).toBeLessThanOrEqual(bytes.length);
        if (reading.source !== undefined) expect(reading.source).toMatch(/^[0-9a-f.:]+$/i);
      }),
      { numRuns: 2_000 },
    );
  });
});
