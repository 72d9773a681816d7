import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { upgradeText } from "../testing/raw-client.ts";
import { headerLines } from "./headers.ts";
import { HeadReader, type HeadReading, parseRequestHead } from "./request-head.ts";

const MAX_BYTES = 400;

/** What a reader makes of bytes that come in these pieces; `rest` is all that stands behind the head. */
function readIn(pieces: readonly Buffer[], maxBytes = MAX_BYTES): unknown {
  const reader = new HeadReader(maxBytes);
  for (const [index, piece] of pieces.entries()) {
    const reading: HeadReading = reader.take(piece);
    if (reading.kind === "bad") return reading.cause;
    if (reading.kind === "complete")
      return { head: reading.head, rest: Buffer.concat([reading.rest, ...pieces.slice(index + 1)]).toString("latin1") };
  }
  return "incomplete";
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((one, two) => one - two);
  return [...at, bytes.length]
    .map((end, index) => bytes.subarray(at[index - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
}

const places = fc.array(fc.nat(2_000), { maxLength: 8 });
const tokenText = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const valueText = fc.stringMatching(/^([!-~\x80-\xff]([\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const line = fc.tuple(tokenText, fc.constantFrom("", " ", "\t "), valueText, fc.constantFrom("", " ", "\t"));
const validHead = fc.record({
  method: fc.constantFrom("GET", "POST", "HEAD", "OPTIONS"),
  target: fc.stringMatching(/^\/[!-~]{0,30}$/),
  version: fc.constantFrom("1.0", "1.1"),
  lines: fc.array(line, { maxLength: 6 }),
});
const textOf = ({ method, target, version, lines }: Head): string =>
  `${method} ${target} HTTP/${version}\r\n${lines.map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`).join("")}\r\n`;

interface Head {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly lines: readonly (readonly [string, string, string, string])[];
}

/** Valid heads, heads with some bytes changed, and what is no head at all. */
const anyBytes = fc.oneof(
  validHead.map((head) => Buffer.from(`${textOf(head)}rest`, "latin1")),
  fc
    .tuple(
      validHead,
      fc.array(fc.tuple(fc.nat(500), fc.constantFrom(0, 9, 10, 13, 32, 58, 127, 200)), { maxLength: 3 }),
    )
    .map(([head, changes]) => {
      const bytes = Buffer.from(textOf(head), "latin1");
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes;
    }),
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
);

describe("a request's head", () => {
  it("is read the same however its bytes are cut into pieces, and nothing throws", () => {
    fc.assert(
      fc.property(anyBytes, places, (bytes, where) => {
        expect(readIn(cut(bytes, where))).toEqual(bytes.length === 0 ? "incomplete" : readIn([bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it("has one reading: written again from what was read, it is the same head", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const reading = new HeadReader(MAX_BYTES).take(bytes);
        if (reading.kind !== "complete") return;
        const { method, target, version, lines } = reading.head;
        const text = `${method} ${target} HTTP/${version}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
        const squeezed = (head: string) => head.replace(/:[ \t]*/g, ":").replace(/[ \t]+\r\n/g, "\r\n");
        const size = bytes.length - reading.rest.length;
        expect(squeezed(text)).toBe(squeezed(bytes.toString("latin1", 0, size)));
        expect(parseRequestHead(text.slice(0, -4))).toEqual(reading.head);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is what Node's own parser makes of it, wherever that one accepts it", async () => {
    await using node = new NodeParser();
    await fc.assert(
      fc.asyncProperty(
        validHead.filter(({ lines }) => !lines.some(([name]) => FRAMING.test(name))),
        async (head) => {
          const bytes = Buffer.from(textOf(head), "latin1");
          const theirs = await node.parse(bytes);
          if (theirs === undefined) return;
          expect(parseRequestHead(textOf(head).slice(0, -4))).toEqual({
            method: theirs.method,
            target: theirs.url,
            version: theirs.httpVersion,
            lines: headerLines(theirs.rawHeaders),
          });
        },
      ),
      { numRuns: 300 },
    );
    expect(node.accepted).toBeGreaterThan(250);
  });

  it.each([
    ["a bare LF at the end of a line", "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"],
    ["a bare CR in a value", "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"],
    ["an empty line before it", "\r\nGET / HTTP/1.1\r\n\r\n"],
    ["folding", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"],
    ["a line that begins with a blank", "GET / HTTP/1.1\r\n A: b\r\n\r\n"],
    ["a space before the colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n"],
    ["no colon", "GET / HTTP/1.1\r\nAb\r\n\r\n"],
    ["no name", "GET / HTTP/1.1\r\n: b\r\n\r\n"],
    ["NUL in a value", "GET / HTTP/1.1\r\nA: \0\r\n\r\n"],
    ["a character beyond ASCII in a name", "GET / HTTP/1.1\r\nÄ: b\r\n\r\n"],
    ["two spaces in the request line", "GET  / HTTP/1.1\r\n\r\n"],
    ["a tab in the request line", "GET\t/ HTTP/1.1\r\n\r\n"],
    ["a space in the target", "GET /a b HTTP/1.1\r\n\r\n"],
    ["no version", "GET /\r\n\r\n"],
    ["HTTP/2.0", "GET / HTTP/2.0\r\n\r\n"],
    ["HTTP/1.10", "GET / HTTP/1.10\r\n\r\n"],
    ["a version in small letters", "GET / http/1.1\r\n\r\n"],
  ])("is malformed with %s", (_what, text) => {
    expect(readIn([Buffer.from(text, "latin1")])).toBe("malformed");
  });

  it("is malformed at its first control character, before its end, which may never come", () => {
    expect(readIn([Buffer.from("\x16\x03\x01\x02")])).toBe("malformed");
  });

  it("may have exactly as many bytes as are allowed", () => {
    const bytes = Buffer.from(upgradeText());
    expect(readIn([bytes], bytes.length)).toMatchObject({ rest: "" });
    expect(readIn([bytes], bytes.length - 1)).toBe("header_too_large");
    expect(readIn([bytes.subarray(0, -1)], bytes.length - 1)).toBe("incomplete");
  });
});

/** Lines by which Node's parser goes on to read a body, or stops reading HTTP. */
const FRAMING = /^(?:content-length|transfer-encoding|connection|upgrade|expect|host)$/i;

/** Node's HTTP server without a port: one connection for each head. */
class NodeParser implements AsyncDisposable {
  accepted = 0;
  readonly #server = createServer({ requireHostHeader: false });

  /** Undefined when it refuses. */
  async parse(bytes: Buffer): Promise<IncomingMessage | undefined> {
    const over = new AbortController();
    const refused = once(this.#server, "clientError", { signal: over.signal }).then(() => undefined);
    const taken = once(this.#server, "request", { signal: over.signal }).then(
      ([incoming]) => incoming as IncomingMessage,
    );
    const stream = new PassThrough();
    this.#server.emit("connection", stream);
    stream.write(bytes);
    const incoming = await Promise.race([taken, refused]);
    over.abort();
    await Promise.allSettled([taken, refused]);
    if (incoming !== undefined) this.accepted += 1;
    stream.destroy();
    return incoming;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}
