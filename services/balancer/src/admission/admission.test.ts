import { describe, expect, it } from "vitest";
import { echoNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { startStage } from "../testing/stage.ts";

const answered = (cause: string, status: number) =>
  `bellwire_balancer_answers_total{cause="${cause}",status="${status}"}`;

describe("connections of one address", () => {
  it("beyond its limit are answered 429 with Retry-After, others are not touched, and a place becomes free again", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_ADDRESS_CONNECTIONS: "2" });
    const open = (localAddress: string) => {
      const client = connectRaw(stage.port, { localAddress });
      client.send(upgradeText());
      return client;
    };
    using one = open("127.0.0.2");
    using two = open("127.0.0.2");
    await soon(() => one.received.includes(" 101 ") && two.received.includes(" 101 ")).toBe(true);
    using three = open("127.0.0.2");
    await soon(() => three.received).toMatch(/^HTTP\/1\.1 429 .*Retry-After: [1-4]\r\n/s);
    using other = open("127.0.0.3");
    await soon(() => other.received).toContain(" 101 ");
    expect(await stage.metric(answered("address_full", 429))).toBe(1);
    one.socket.destroy();
    three.socket.destroy();
    await soon(async () => {
      using again = open("127.0.0.2");
      await soon(() => again.received).toContain("HTTP/1.1 ");
      return again.received.includes(" 101 ");
    }).toBe(true);
  });

  it("beyond twice the limit are not even heard, so that silent ones cannot pile up", async () => {
    await using stage = await startStage([], { BELLWIRE_BALANCER_ADDRESS_CONNECTIONS: "5" });
    const clients = Array.from({ length: 30 }, () => connectRaw(stage.port, { localAddress: "127.0.0.2" }));
    await soon(() => clients.filter(({ ended }) => ended).length).toBe(20);
    expect(await stage.metric('bellwire_balancer_connections_dropped_total{cause="address"}')).toBe(20);
    using other = connectRaw(stage.port, { localAddress: "127.0.0.3" });
    other.send(upgradeText());
    await soon(() => other.received).toMatch(/^HTTP\/1\.1 503 /);
    for (const client of clients) client.socket.destroy();
  });

  it("count for the client that a trusted proxy names, IPv6 by /64, not for the proxy", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], {
      BELLWIRE_BALANCER_ADDRESS_CONNECTIONS: "1",
      BELLWIRE_BALANCER_TRUSTED_PROXIES: "127.0.0.1",
    });
    const open = async (address: string) => {
      const client = connectRaw(stage.port);
      client.send(upgradeText({ "X-Forwarded-For": address }));
      await soon(() => client.received).toContain("HTTP/1.1 ");
      return client.received.split(" ")[1];
    };
    expect(await open("198.51.100.1")).toBe("101");
    expect(await open("198.51.100.2")).toBe("101");
    expect(await open("198.51.100.1")).toBe("429");
    expect(await open("2001:db8::1")).toBe("101");
    expect(await open("2001:db8::2")).toBe("429");
    expect(await open("2001:db8:0:1::1")).toBe("101");
  });
});

describe("opens of one address", () => {
  it("beyond burst and rate are answered 429 with Retry-After, plain requests included", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], {
      BELLWIRE_BALANCER_ADDRESS_OPENS_PER_SECOND: "1",
      BELLWIRE_BALANCER_ADDRESS_BURST: "4",
    });
    const ask = async (localAddress: string, text: string) => {
      using client = connectRaw(stage.port, { localAddress });
      client.send(text);
      await soon(() => client.received).toContain("\r\n\r\n");
      return client.received;
    };
    const plain = "GET /api/info HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    const answers: string[] = [];
    for (let round = 0; round < 5; round++) {
      answers.push(await ask("127.0.0.2", upgradeText()));
      answers.push(await ask("127.0.0.2", plain));
    }
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 429 "));
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused.every((answer) => /Retry-After: [1-4]\r\n/.test(answer))).toBe(true);
    expect(answers.slice(0, 4).every((answer) => !answer.startsWith("HTTP/1.1 429 "))).toBe(true);
    expect(await ask("127.0.0.3", plain)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await stage.metric(answered("too_many_opens", 429))).toBe(refused.length);
  });
});

describe("nodes that are full", () => {
  it("are answered for with 503 and Retry-After, and take clients again when one has left", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], { BELLWIRE_BALANCER_NODE_CONNECTIONS: "1" });
    using first = connectRaw(stage.port);
    first.send(upgradeText());
    await soon(() => first.received).toContain(" 101 ");
    using second = connectRaw(stage.port);
    second.send(upgradeText());
    await soon(() => second.received).toMatch(/^HTTP\/1\.1 503 .*Retry-After: [1-4]\r\n/s);
    expect(await stage.metric(answered("nodes_full", 503))).toBe(1);
    first.socket.destroy();
    await soon(async () => {
      using third = connectRaw(stage.port);
      third.send(upgradeText());
      await soon(() => third.received).toContain("HTTP/1.1 ");
      return third.received.includes(" 101 ");
    }).toBe(true);
  });
});
