import { describe, expect, it } from "vitest";
import { echoNode } from "../testing/nodes.ts";
import { v1, v2 } from "../testing/proxy-headers.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

const proxied = { BELLWIRE_BALANCER_PROXY_PORT: "0", BELLWIRE_BALANCER_PROXY_FROM: "127.0.0.1" };
const claims = { "X-Forwarded-For": "9.9.9.9, 198.51.100.7", "X-Real-IP": "9.9.9.9", Forwarded: "for=9.9.9.9" };
const dropped = (cause: string) => `bellwire_balancer_connections_dropped_total{cause="${cause}"}`;

describe("X-Forwarded-For", () => {
  it("of a listed proxy names the client, and the node gets that one address in one header", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_TRUSTED_PROXIES: "127.0.0.1/32" });
    using client = connectRaw(stage.port);
    client.send(upgradeText(claims));
    await soon(() => client.received).toContain(" 101 ");
    expect(node.seen[0]?.headers["x-forwarded-for"]).toBe("198.51.100.7");
    expect(JSON.stringify(node.seen[0]?.rawHeaders)).not.toContain("9.9.9.9");
    using stranger = connectRaw(stage.port, { localAddress: "127.0.0.9" });
    stranger.send(upgradeText(claims));
    await soon(() => stranger.received).toContain(" 101 ");
    expect(node.seen[1]?.headers["x-forwarded-for"]).toBe("127.0.0.9");
  });

  it("is counted from the right by the number of proxies", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], {
      BELLWIRE_BALANCER_TRUSTED_PROXIES: "127.0.0.0/8",
      BELLWIRE_BALANCER_XFF_HOPS: "2",
    });
    using client = connectRaw(stage.port);
    client.send(upgradeText({ "X-Forwarded-For": "9.9.9.9, 198.51.100.7, 10.0.0.1" }));
    await soon(() => client.received).toContain(" 101 ");
    expect(node.seen[0]?.headers["x-forwarded-for"]).toBe("198.51.100.7");
  });
});

describe("the PROXY port", () => {
  const v4 = Buffer.from([203, 0, 113, 5, 10, 0, 0, 1, 0x30, 0x39, 0, 80]);

  it.each([
    ["version 1", Buffer.from(v1("203.0.113.5")), "203.0.113.5"],
    ["version 1 over IPv6", Buffer.from(v1("2001:db8::5")), "2001:db8::5"],
    ["version 2", v2(0x21, 0x11, v4), "203.0.113.5"],
    ["version 2 LOCAL", v2(0x20, 0x00, Buffer.alloc(0)), "127.0.0.1"],
  ])("gives the node the address that %s names", async (_what, header, address) => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.proxyPort);
    client.send(header.toString("latin1") + upgradeText({ "X-Forwarded-For": "9.9.9.9" }));
    await soon(() => client.received).toContain(" 101 ");
    expect(node.seen[0]?.headers["x-forwarded-for"]).toBe(address);
    client.send(`\x81\x82\0\0\0\0hi`);
    await soon(() => client.received.endsWith("\x81\x02hi")).toBe(true);
    client.socket.end();
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("reads a header and a request that come byte by byte", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.proxyPort);
    client.socket.setNoDelay(true);
    const text = v2(0x21, 0x11, v4).toString("latin1") + upgradeText();
    let sent = 0;
    const drip = setInterval(() => client.send(text.charAt(sent++)), 2);
    await soon(() => client.received).toContain(" 101 ");
    clearInterval(drip);
    expect(node.seen[0]?.headers["x-forwarded-for"]).toBe("203.0.113.5");
  });

  it("carries plain requests too", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.proxyPort);
    client.send(`${v1("203.0.113.5")}GET /api/info HTTP/1.1\r\nHost: shop.example\r\n\r\n`);
    await soon(() => client.received).toContain("200 OK");
    expect(node.seen[0]?.headers["x-forwarded-for"]).toBe("203.0.113.5");
  });

  it.each([
    ["no header", upgradeText()],
    ["a length that lies", `${v2(0x21, 0x11, Buffer.alloc(4)).toString("latin1")}${upgradeText()}`],
    ["a header of version 1 without end", `PROXY TCP4 ${"1".repeat(200)}`],
  ])("closes a connection with %s at once, and no node sees it", async (_what, text) => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.proxyPort);
    client.send(text);
    await soon(() => client.ended).toBe(true);
    expect(client.received).toBe("");
    expect(node.seen).toEqual([]);
    expect(await stage.metric(dropped("proxy_header"))).toBe(1);
  });

  it.each([
    ["silent", ""],
    ["torn", "PROXY TCP4 203.0.113.5 "],
    ["longer than it will be", v2(0x21, 0x11, Buffer.alloc(12), 500).toString("latin1")],
  ])("closes a connection whose header is %s at the limit", async (_what, text) => {
    await using stage = await startStage([], { ...proxied, BELLWIRE_BALANCER_PROXY_HEADER_MS: "300" });
    using client = connectRaw(stage.proxyPort);
    client.send(text);
    await soon(() => client.ended).toBe(true);
    await soon(() => stage.metric(dropped("proxy_header"))).toBe(1);
  });

  it("hears nobody outside the listed networks", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.proxyPort, { localAddress: "127.0.0.9" });
    client.send(v1("203.0.113.5") + upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(node.seen).toEqual([]);
    expect(await stage.metric(dropped("proxy_untrusted"))).toBe(1);
  });

  it("is not the plain port: there a PROXY header is a bad request", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    using client = connectRaw(stage.port);
    client.send(v1("203.0.113.5") + upgradeText());
    await soon(() => client.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(node.seen).toEqual([]);
  });

  it("survives resets at every moment of the header", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], proxied);
    const text = v2(0x21, 0x11, v4).toString("latin1") + upgradeText();
    for (const bytes of [0, 1, 12, 15, 16, 27, 28, 29, 100, text.length]) {
      const client = connectRaw(stage.proxyPort);
      client.socket.once("connect", () => {
        client.send(text.slice(0, bytes));
        setImmediate(() => client.socket.resetAndDestroy());
      });
      await soon(() => client.closed).toBe(true);
    }
    await soon(() => activeOn(stage)).toBe(0);
    await soon(() => node.sockets.size).toBe(0);
  });
});
