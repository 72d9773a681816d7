import { describe, expect, it } from "vitest";
import { echoNode, rawNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, "1"]));

describe("a bad head gets an answer that the client can read, and no node sees it", () => {
  it.each([
    ["100 KB of headers", upgradeText({ "X-Big": "x".repeat(100_000) }), 431],
    ["200 headers", upgradeText(many(200)), 431],
    ["a URL of 17 KB", upgradeText({}, `GET /connection/${"x".repeat(17_000)} HTTP/1.1`), 431],
    ["NUL in a value", upgradeText({ "X-A": "a\0b" }), 400],
    ["a bare LF", upgradeText().replace("Host: shop.example\r\n", "Host: shop.example\n"), 400],
    ["folding", upgradeText({ "X-A": "a\r\n b" }), 400],
    ["a space before the colon", upgradeText({ "X-A ": "a" }), 400],
    ["no HTTP at all", "\x16\x03\x01 hello\r\n\r\n", 400],
  ])("%s", async (_what, text, status) => {
    await using node = await echoNode();
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send(text);
    await soon(() => client.ended).toBe(true);
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(node.seen).toEqual([]);
  });

  it("passes exactly the number of headers that is allowed", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node]);
    using client = connectRaw(stage.port);
    client.send(upgradeText(many(95)));
    await soon(() => client.received).toContain(" 101 ");
    using other = connectRaw(stage.port);
    other.send(upgradeText(many(96)));
    await soon(() => other.received).toContain(" 431 ");
  });
});

describe("a slow client", () => {
  it("that drips its head is answered 408 at the limit, and one that is silent is closed", async () => {
    await using stage = await startStage([], { BELLWIRE_BALANCER_HEADER_MS: "700" });
    using dripping = connectRaw(stage.port);
    using silent = connectRaw(stage.port);
    const text = upgradeText();
    let sent = 0;
    const drip = setInterval(() => dripping.send(text.charAt(sent++)), 50);
    await soon(() => dripping.ended && silent.ended).toBe(true);
    clearInterval(drip);
    expect(dripping.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("that does not leave after a refusal is closed after the linger limit", async () => {
    await using stage = await startStage([], { BELLWIRE_BALANCER_LINGER_MS: "300" });
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.received).toContain(" 503 ");
    client.socket.on("error", () => undefined);
    const talk = setInterval(() => client.send("x"), 50);
    await soon(() => client.closed).toBe(true);
    clearInterval(talk);
  });
});

describe("limits", () => {
  it("refuse a client that sends too much before the node has answered", async () => {
    await using mute = await rawNode(() => undefined);
    await using stage = await startStage([mute], { BELLWIRE_BALANCER_EARLY_BYTES: "1000" });
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => activeOn(stage)).toBe(1);
    client.send("x".repeat(1_001));
    await soon(() => client.received).toMatch(/^HTTP\/1\.1 400 /);
    await soon(() => activeOn(stage)).toBe(0);
    expect(mute.heard.join("")).not.toContain("xxx");
  });

  it("answer 503 with Retry-After once as many are open as allowed", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_OPEN: "1" });
    using first = connectRaw(stage.port);
    first.send(upgradeText());
    await soon(() => first.received).toContain(" 101 ");
    using second = connectRaw(stage.port);
    second.send(upgradeText());
    await soon(() => second.received).toMatch(/^HTTP\/1\.1 503 .*Retry-After: \d/s);
    expect(await stage.metric('bellwire_balancer_answers_total{cause="full",status="503"}')).toBe(1);
  });

  it("drop connections beyond the greatest number, and count them", async () => {
    await using stage = await startStage([], { BELLWIRE_BALANCER_CONNECTIONS: "1" });
    using _first = connectRaw(stage.port);
    using second = connectRaw(stage.port);
    await soon(() => second.ended).toBe(true);
    expect(await stage.metric('bellwire_balancer_connections_dropped_total{cause="connections"}')).toBe(1);
  });
});
