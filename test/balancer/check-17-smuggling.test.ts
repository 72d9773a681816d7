import { describe } from "vitest";
import type { Behaviour } from "./node/main.ts";
import { startNodes } from "./node-process.ts";
import { exchange, upgradeText } from "./raw-client.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const SECOND = "GET /internal HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const post = (lines: string, body: string) =>
  `POST /api/publish HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n\r\n${body}`;

/** What stands before the hidden request, and how each answers it; 200 and 101 come from the node. */
const firsts = [
  {
    what: "Content-Length and chunks",
    text: post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    ours: 400,
    nginx: 400,
    haproxy: 200,
  },
  {
    what: "an unknown coding",
    text: post("Transfer-Encoding: xchunked", "0\r\n\r\n"),
    ours: 400,
    nginx: 501,
    haproxy: 400,
  },
  {
    what: "two lengths",
    text: post("Content-Length: 0\r\nContent-Length: 5", ""),
    ours: 400,
    nginx: 400,
    haproxy: 400,
  },
  {
    what: "an upgrade with a length",
    text: upgradeText({ "Content-Length": "3" }),
    ours: 400,
    nginx: 400,
    haproxy: 400,
  },
  {
    what: "an upgrade with chunks",
    text: upgradeText({ "Transfer-Encoding": "chunked" }),
    ours: 400,
    nginx: 400,
    haproxy: 400,
  },
  { what: "another version", text: upgradeText({ "Sec-WebSocket-Version": "7" }), ours: 426, nginx: 400, haproxy: 400 },
  { what: "no key", text: upgradeText({ "Sec-WebSocket-Key": undefined }), ours: 400, nginx: 400, haproxy: 400 },
  { what: "two Hosts", text: upgradeText({ Accept: "x\r\nHost: other" }), ours: 400, nginx: 400, haproxy: 400 },
  {
    what: "absolute form",
    text: upgradeText({}, "GET http://shop.example/connection/websocket HTTP/1.1"),
    ours: 400,
    nginx: 101,
    haproxy: 101,
  },
  { what: "an upgrade to h2c", text: upgradeText({ Upgrade: "h2c" }), ours: 400, nginx: 200, haproxy: 200 },
  {
    what: "an upgrade by POST",
    text: upgradeText({}, "POST /connection/websocket HTTP/1.1"),
    ours: 400,
    nginx: 400,
    haproxy: 400,
  },
  {
    what: "a way around the path",
    text: "GET /api/../internal HTTP/1.1\r\nHost: a\r\n\r\n",
    ours: 400,
    nginx: 404,
    haproxy: 400,
  },
] as const;

/** How a node answers an upgrade that has a request behind it, and what the client hears. */
const answers = [
  { behave: { kind: "refuse", status: 200 }, ours: 200, nginx: 200, haproxy: 200 },
  { behave: { kind: "refuse", status: 426 }, ours: 426, nginx: 426, haproxy: 426 },
  { behave: { kind: "unproven" }, ours: 502, nginx: 101, haproxy: 502 },
] as const satisfies readonly ({ readonly behave: Behaviour } & Record<string, unknown>)[];

describe("check 17: smuggling", () => {
  onAllThree(
    "no hidden request reaches a node, and there is one answer",
    {
      nginx: "absolute form passes, h2c becomes a plain request",
      haproxy:
        "of two lengths of a body one is dropped and the request passes; absolute form passes, h2c becomes plain",
    },
    async (name, expect) => {
      await using nodes = await startNodes(1);
      await using subject = await startSubject(name, nodes.all);
      for (const { what, text, [name]: status } of firsts) {
        const { statuses } = await exchange(subject.port, [text + SECOND], { withinMs: status === 101 ? 500 : 5_000 });
        expect(statuses, what).toEqual([status]);
      }
      expect((await nodes.lines()).filter((line) => line.includes("internal"))).toEqual([]);
    },
  );

  onAllThree(
    "nor after a refused upgrade, nor with a 101 that proves nothing",
    { nginx: "a 101 without Sec-WebSocket-Accept opens a tunnel" },
    async (name, expect) => {
      await using nodes = await startNodes(1);
      await using subject = await startSubject(name, nodes.all);
      for (const { behave, [name]: status } of answers) {
        nodes.get("a").behave(behave);
        const parts = [upgradeText() + SECOND, SECOND];
        const { statuses, end } = await exchange(subject.port, parts, { withinMs: status === 101 ? 500 : 5_000 });
        expect(statuses, behave.kind).toEqual([status]);
        if (status !== 101) expect(end).not.toBe("open");
      }
      expect((await nodes.lines()).filter((line) => line.includes("internal"))).toEqual([]);
    },
  );

  onAllThree("an upgrade behind a slow request opens no tunnel", {}, async (name, expect) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject(name, nodes.all);
    const parts = ["GET /api/slow HTTP/1.1\r\nHost: a\r\n\r\n", upgradeText()];
    const { received, end } = await exchange(subject.port, parts, { withinMs: 5_000 });
    expect(received).not.toContain(" 101 ");
    expect(end).not.toBe("open");
    expect((await nodes.lines()).filter((line) => line.includes("websocket"))).toEqual([]);
  });
});
