import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCEPT } from "../testing/raw-client.ts";
import { bodyLength, isOpened, openedText, parseResponseHead, refusedText } from "./response-head.ts";

const parse = (text: string) => {
  const head = parseResponseHead(text, 100);
  if (head === undefined) throw new Error("did not parse");
  return head;
};
const opened = (changes: string) => isOpened(parse(`HTTP/1.1 101 OK\r\n${changes}`), ACCEPT);

describe("a node's answer", () => {
  it("opens a tunnel only with 101, Upgrade, Connection and the proof of the key", () => {
    const proof = `Sec-WebSocket-Accept: ${ACCEPT}`;
    expect(opened(`Upgrade: WebSocket\r\nConnection: upgrade\r\n${proof}`)).toBe(true);
    expect(opened("Upgrade: websocket\r\nConnection: Upgrade")).toBe(false);
    expect(opened("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x")).toBe(false);
    expect(opened(`Upgrade: h2c\r\nConnection: Upgrade\r\n${proof}`)).toBe(false);
    expect(opened(`Upgrade: websocket\r\n${proof}`)).toBe(false);
    expect(isOpened(parse(`HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${proof}`), ACCEPT)).toBe(
      false,
    );
  });

  it.each([
    ["a bare LF", "HTTP/1.1 200 OK\nA: b"],
    ["folding", "HTTP/1.1 200 OK\r\nA: b\r\n c"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nA : b"],
    ["NUL", "HTTP/1.1 200 OK\r\nA: \0"],
    ["another protocol", "SSH-2.0-x"],
    ["a status that is none", "HTTP/1.1 999 OK"],
  ])("is not understood with %s", (_what, text) => {
    expect(parseResponseHead(text, 100)).toBeUndefined();
  });

  it("is not understood with too many lines", () => {
    expect(parseResponseHead(`HTTP/1.1 200 OK${"\r\nA: b".repeat(3)}`, 2)).toBeUndefined();
  });

  it("never breaks the parser, and never yields a line break", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const head = parseResponseHead(`HTTP/1.1 200 OK\r\n${text}`, 100);
        for (const [name, value] of head?.lines ?? []) expect(name + value).not.toMatch(/[\r\n\0]/);
      }),
    );
  });

  it("goes to the client without hop-by-hop lines", () => {
    const head = parse("HTTP/1.1 101 OK\r\nKeep-Alive: 5\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\nSet-Cookie: a=b");
    expect(openedText(head)).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    const refused = parse("HTTP/1.1 401 Who\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nA: b");
    expect(refusedText(refused)).toBe(
      "HTTP/1.1 401 Who\r\nA: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    );
  });

  it("tells how long its body is", () => {
    expect(bodyLength(parse("HTTP/1.1 401 X\r\nContent-Length: 5"))).toBe(5);
    expect(bodyLength(parse("HTTP/1.1 204 X"))).toBe(0);
    expect(bodyLength(parse("HTTP/1.1 401 X"))).toBe("until close");
    expect(bodyLength(parse("HTTP/1.1 401 X\r\nContent-Length: 5\r\nContent-Length: 6"))).toBe("bad");
    expect(bodyLength(parse("HTTP/1.1 401 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"))).toBe("bad");
  });
});
