import { once } from "node:events";
import { request, type ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { echoNode, rawNode } from "../testing/nodes.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

describe("a plain request", () => {
  it("reaches a node with its body, and its answer comes back whole", async () => {
    await using node = await echoNode((incoming, reply) => {
      reply.writeHead(201, { "X-Node": "1" });
      incoming.pipe(reply);
    });
    await using stage = await startStage([node]);
    const body = "x".repeat(300_000);
    const answer = await fetch(`http://${stage.url}/api/publish?a=b`, {
      method: "POST",
      body,
      headers: { "X-Api-Key": "k", "X-Forwarded-For": "9.9.9.9" },
    });
    expect([answer.status, answer.headers.get("x-node"), await answer.text()]).toEqual([201, "1", body]);
    const [seen] = node.seen;
    expect(seen?.url).toBe("/api/publish?a=b");
    expect(seen?.headers).toMatchObject({ "x-api-key": "k", "x-forwarded-for": "127.0.0.1" });
    await soon(() => activeOn(stage)).toBe(0);
    expect(await stage.metric('bellwire_balancer_exchanges_total{complete="true"}')).toBe(1);
  });

  it("is answered 404 outside the public paths", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node]);
    for (const path of ["/", "/metrics", "/apix", "/emulation/x"])
      expect((await fetch(`http://${stage.url}${path}`)).status).toBe(404);
    expect((await fetch(`http://${stage.url}/emulation`, { method: "POST", body: "{}" })).status).toBe(200);
    expect((await fetch(`http://${stage.url}/api`, { method: "POST", body: "{}" })).status).toBe(200);
    expect(node.seen.map(({ url }) => url)).toEqual(["/emulation", "/api"]);
  });

  it("goes to another node when a connect is refused, with its whole body", async () => {
    const dead = await rawNode(() => undefined);
    await dead[Symbol.asyncDispose]();
    await using alive = await echoNode((incoming, reply) => void incoming.pipe(reply));
    await using stage = await startStage([dead, alive], {
      BELLWIRE_BALANCER_STRATEGY: "round-robin",
      BELLWIRE_BALANCER_CHECK_FAST_MS: "60000",
    });
    for (let turn = 0; turn < 3; turn++) {
      const answer = await fetch(`http://${stage.url}/api/publish`, { method: "POST", body: `order ${turn}` });
      expect(await answer.text()).toBe(`order ${turn}`);
    }
    expect(await stage.metric('bellwire_balancer_attempts_failed_total{fault="refused"}')).toBe(1);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("is not repeated once its body was sent: the client is told 502", async () => {
    let heard = 0;
    const deaf = () =>
      rawNode((socket) => {
        heard += 1;
        socket.destroy();
      });
    await using one = await deaf();
    await using two = await deaf();
    await using stage = await startStage([one, two]);
    const answer = await fetch(`http://${stage.url}/api/publish`, { method: "POST", body: "x" });
    expect([answer.status, heard]).toEqual([502, 1]);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("is answered 504 by the limit when the node does not answer, and 413 when its body is too large", async () => {
    await using mute = await echoNode(() => undefined);
    await using stage = await startStage([mute], {
      BELLWIRE_BALANCER_RESPONSE_MS: "300",
      BELLWIRE_BALANCER_BODY_BYTES: "100000",
    });
    expect((await fetch(`http://${stage.url}/api/info`)).status).toBe(504);
    const large = { method: "POST", body: "x".repeat(100_001) };
    expect((await fetch(`http://${stage.url}/api/publish`, large)).status).toBe(413);
    using chunked = connectRaw(stage.port);
    chunked.send("POST /api/publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n");
    chunked.send(`${"x".repeat(100_001)}\r\n0\r\n\r\n`);
    await soon(() => chunked.received).toMatch(/^HTTP\/1\.1 413 /);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("is answered 503 with Retry-After when there is no node", async () => {
    await using stage = await startStage([]);
    const answer = await fetch(`http://${stage.url}/api/info`);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });
});

describe("a stream", () => {
  it("passes each piece on as it comes, and its node hears when the client leaves", async () => {
    let reply: ServerResponse | undefined;
    await using node = await echoNode((_request, answer) => {
      reply = answer.writeHead(200, { "Content-Type": "text/event-stream" });
      answer.flushHeaders();
    });
    await using stage = await startStage([node]);
    const asking = request(`http://${stage.url}/connection/sse`).end();
    const [answer] = await once(asking, "response");
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    for (const piece of ["one", "two"]) {
      reply?.write(`data: ${piece}\n\n`);
      expect(String((await once(answer, "data"))[0])).toBe(`data: ${piece}\n\n`);
    }
    expect(await activeOn(stage)).toBe(1);
    asking.on("error", () => undefined);
    asking.destroy();
    await soon(() => reply?.destroyed).toBe(true);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("ends broken for the client when its node dies, never as if it were complete", async () => {
    const node = await echoNode((_request, reply) => void reply.write("piece"));
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send("POST /connection/http_stream HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
    await soon(() => client.received).toContain("piece");
    await node[Symbol.asyncDispose]();
    await soon(() => client.ended).toBe(true);
    expect(client.received.endsWith("0\r\n\r\n")).toBe(false);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("ends after the idle limit", async () => {
    await using node = await echoNode((_request, reply) => void reply.write("piece"));
    await using stage = await startStage([node], { BELLWIRE_BALANCER_IDLE_MS: "400" });
    using client = connectRaw(stage.port);
    client.send("GET /connection/sse HTTP/1.1\r\nHost: a\r\n\r\n");
    await soon(() => client.received).toContain("piece");
    await soon(() => client.ended).toBe(true);
    await soon(() => activeOn(stage)).toBe(0);
  });
});
