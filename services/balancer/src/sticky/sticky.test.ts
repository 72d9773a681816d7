import { describe, expect, it } from "vitest";
import { echoNode, type TestNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { startStage } from "../testing/stage.ts";

const byCookie = {
  BELLWIRE_BALANCER_STICKY: "cookie",
  BELLWIRE_BALANCER_COOKIE_SECRET: "a secret of enough length",
  BELLWIRE_BALANCER_STRATEGY: "round-robin",
};

async function ask(port: number, text: string) {
  using client = connectRaw(port);
  client.send(text);
  await soon(() => client.received).toContain("\r\n\r\n");
  return { answer: client.received, cookie: /Set-Cookie: ([^;]+);/.exec(client.received)?.[1] };
}
const plainText = (cookie: string) =>
  `GET /connection/http_stream HTTP/1.1\r\nHost: shop.example\r\nCookie: ${cookie}\r\n\r\n`;
const seenBy = (...nodes: { readonly seen: readonly unknown[] }[]) => nodes.map(({ seen }) => seen.length);

describe("a client with the balancer's cookie", () => {
  it("comes back to its node, for tunnels and plain requests, and is not told again", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, two], byCookie);
    const { answer, cookie = "" } = await ask(stage.port, upgradeText());
    expect(answer).toMatch(/^HTTP\/1\.1 101 .*\r\nSet-Cookie: bellwire_node=\S+; Path=\/; HttpOnly; SameSite=Lax\r\n/s);
    for (let round = 0; round < 3; round++) {
      const again = await ask(stage.port, upgradeText({ Cookie: `theme=dark; ${cookie}` }));
      expect(again.answer).toContain(" 101 ");
      expect(again.answer).not.toContain("Set-Cookie");
      expect((await ask(stage.port, plainText(cookie))).answer).not.toContain("Set-Cookie");
    }
    expect(seenBy(one, two)).toEqual([7, 0]);
  });

  it("is placed by the strategy when the cookie is a forgery", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, two], byCookie);
    const forged = `bellwire_node=${Buffer.from(two.address).toString("base64url")}.${"A".repeat(43)}`;
    const { cookie } = await ask(stage.port, upgradeText({ Cookie: forged }));
    expect(seenBy(one, two)).toEqual([1, 0]);
    expect(cookie).toMatch(/^bellwire_node=/);
  });

  it("is placed anew when its node is gone, and gets a cookie for the new one", async () => {
    const one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, two], byCookie);
    const { cookie = "" } = await ask(stage.port, upgradeText());
    expect(seenBy(one, two)).toEqual([1, 0]);
    await one[Symbol.asyncDispose]();
    const moved = await ask(stage.port, upgradeText({ Cookie: cookie }));
    expect(moved.answer).toContain(" 101 ");
    expect(moved.cookie).toMatch(/^bellwire_node=/);
    expect(moved.cookie).not.toBe(cookie);
    await using _back = await echoNode(undefined, one.port);
    await soon(async () => (await stage.nodes()).map(({ state }) => state)).toEqual(["up", "up"]);
    const stays = await ask(stage.port, upgradeText({ Cookie: moved.cookie ?? "" }));
    expect(stays.cookie).toBeUndefined();
    expect(seenBy(two)).toEqual([2]);
  });

  it("gets it with a plain answer too", async () => {
    await using node = await echoNode();
    await using stage = await startStage([node], byCookie);
    expect((await ask(stage.port, plainText("a=b"))).cookie).toMatch(/^bellwire_node=/);
  });
});

describe("a client that names its node in the query", () => {
  const target = (node: TestNode) =>
    upgradeText({}, `GET /connection/websocket?at=${encodeURIComponent(node.address)} HTTP/1.1`);

  it("gets that node, and another by the strategy once it is gone", async () => {
    await using one = await echoNode();
    const two = await echoNode();
    await using stage = await startStage([one, two], {
      BELLWIRE_BALANCER_STICKY: "query",
      BELLWIRE_BALANCER_STICKY_NAME: "at",
    });
    for (let round = 0; round < 4; round++)
      expect((await ask(stage.port, target(two))).answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(seenBy(one, two)).toEqual([0, 4]);
    await two[Symbol.asyncDispose]();
    expect((await ask(stage.port, target(two))).answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(seenBy(one)).toEqual([1]);
  });
});

it("by source hash a client is at home on one node, whatever it sends", async () => {
  await using one = await echoNode();
  await using two = await echoNode();
  await using three = await echoNode();
  await using stage = await startStage([one, two, three], { BELLWIRE_BALANCER_STICKY: "source-hash" });
  for (let round = 0; round < 6; round++) await ask(stage.port, upgradeText({ "X-Forwarded-For": `10.0.0.${round}` }));
  expect(seenBy(one, two, three).sort()).toEqual([0, 0, 6]);
});
