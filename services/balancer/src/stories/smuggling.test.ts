import { describe, expect, it } from "vitest";
import { echoNode, rawNode, refusal } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

const SECOND = "GET /internal HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const statuses = (received: string) =>
  [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
const post = (lines: string, body: string) =>
  `POST /api/publish HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n\r\n${body}`;

describe("a second request hidden behind the first never reaches a node, and there is one answer", () => {
  it.each([
    ["Content-Length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400],
    ["an unknown transfer coding", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), 400],
    ["two lengths", post("Content-Length: 0\r\nContent-Length: 5", ""), 400],
    ["an upgrade with a length", upgradeText({ "Content-Length": "3" }), 400],
    ["an upgrade with chunks", upgradeText({ "Transfer-Encoding": "chunked" }), 400],
    ["another WebSocket version", upgradeText({ "Sec-WebSocket-Version": "7" }), 426],
    ["no key", upgradeText({ "Sec-WebSocket-Key": undefined }), 400],
    ["no Host", upgradeText({ Host: undefined }), 400],
    ["two Hosts", upgradeText({ "Host ": undefined, Accept: "x\r\nHost: other" }), 400],
    ["absolute form", upgradeText({}, "GET http://shop.example/connection/websocket HTTP/1.1"), 400],
    ["an upgrade to h2c", upgradeText({ Upgrade: "h2c" }), 400],
    ["an upgrade by POST", upgradeText({}, "POST /connection/websocket HTTP/1.1"), 400],
    ["an upgrade in HTTP/1.0", upgradeText({}, "GET /connection/websocket HTTP/1.0"), 400],
    ["an unknown path", upgradeText({}, "GET /internal HTTP/1.1"), 404],
    ["two Hosts on a plain request", post("Host: other\r\nContent-Length: 0", ""), 400],
    ["a body on GET", "GET /api/info HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", 400],
    ["a way around the path", "GET /api/../internal HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["an ordinary request", "GET /api/info HTTP/1.1\r\nHost: a\r\n\r\n", 200],
  ])("%s", async (_what, first, status) => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_LINGER_MS: "300" });
    using client = connectRaw(stage.port);
    client.send(first + SECOND);
    await soon(() => client.ended).toBe(true);
    expect(statuses(client.received)).toEqual([status]);
    expect(node.seen.map(({ url }) => url)).toEqual(status === 200 ? ["/api/info"] : []);
    client.socket.end();
    await soon(() => activeOn(stage)).toBe(0);
  });

  it.each([
    ["answers 200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200],
    ["answers 426", refusal(426), 426],
    [
      "answers 101 without the proof of the key",
      "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      502,
    ],
    ["answers no HTTP", "SSH-2.0-hello\r\n\r\n", 502],
  ])("an upgrade to a node that %s", async (_what, answer, status) => {
    await using node = await rawNode((socket) => void socket.write(answer));
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send(upgradeText() + SECOND);
    await soon(() => client.ended).toBe(true);
    expect(statuses(client.received)).toEqual([status]);
    client.send(SECOND);
    client.socket.end();
    await soon(() => activeOn(stage)).toBe(0);
    expect(node.heard.join("")).not.toContain("internal");
  });

  it("a request pipelined behind one that is not answered yet", async () => {
    const replies: (() => void)[] = [];
    await using node = await echoNode((_request, reply) => void replies.push(() => reply.end("first")));
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send("GET /api/first HTTP/1.1\r\nHost: a\r\n\r\nGET /api/second HTTP/1.1\r\nHost: a\r\n\r\n");
    await soon(() => replies.length).toBe(1);
    replies[0]?.();
    await soon(() => client.ended).toBe(true);
    expect(statuses(client.received)).toEqual([200]);
    expect(node.seen.map(({ url }) => url)).toEqual(["/api/first"]);
  });

  it("an upgrade pipelined behind a request that is not answered yet destroys the connection", async () => {
    await using node = await echoNode(() => undefined);
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send("GET /api/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    await soon(() => node.seen.length).toBe(1);
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(client.received).toBe("");
    expect(node.seen.map(({ url }) => url)).toEqual(["/api/slow"]);
    await soon(() => activeOn(stage)).toBe(0);
    expect(await stage.metric("bellwire_balancer_out_of_turn_total")).toBe(1);
  });
});
