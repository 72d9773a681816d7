import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode, rawNode, refusal } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { startStage } from "../testing/stage.ts";

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}/connection/websocket`);
  await once(socket, "open");
  return socket;
}
const attempts = (fault: string) => `bellwire_balancer_attempts_failed_total{fault="${fault}"}`;

it.each([
  ["never answers", () => rawNode(() => undefined)],
  ["answers 500", () => rawNode((socket) => void socket.write(refusal(500)))],
  ["answers 503", () => rawNode((socket) => void socket.write(refusal(503)))],
  ["hangs up", () => rawNode((socket) => socket.destroy())],
])("a node that is healthy but %s is put out after a few upgrades, and asked again later", async (_what, sickNode) => {
  await using sick = await sickNode();
  await using well = await echoNode();
  await using stage = await startStage([sick, well], {
    BELLWIRE_BALANCER_STRATEGY: "round-robin",
    BELLWIRE_BALANCER_EJECT_AFTER: "2",
    BELLWIRE_BALANCER_EJECT_MS: "1000",
    BELLWIRE_BALANCER_HANDSHAKE_MS: "200",
    BELLWIRE_BALANCER_SLOW_START_MS: "0",
  });
  const stateOf = async () => (await stage.nodes())[0]?.state;
  const ask = async () => {
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.received).toContain("HTTP/1.1 ");
  };
  for (let opens = 0; opens < 4; opens++) await ask();
  expect(await stateOf()).toBe("ejected");
  const heard = sick.heard.length;
  expect(heard).toBe(2);
  for (let opens = 0; opens < 4; opens++) (await open(stage.url)).terminate();
  expect(sick.heard.length).toBe(heard);
  expect((await stage.nodes())[0]?.lastCause).toMatch(/^upgrades /);
  await soon(stateOf).toBe("up");
  for (let opens = 0; opens < 2; opens++) await ask();
  expect(sick.heard.length).toBe(heard + 1);
  expect(await stateOf()).toBe("ejected");
});

it("a frozen node's tunnels are closed at the paced rate, its neighbour's are not, and it comes back", async () => {
  await using frozen = await echoNode();
  await using well = await echoNode();
  await using stage = await startStage([frozen, well], {
    BELLWIRE_BALANCER_STRATEGY: "round-robin",
    BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "100",
    BELLWIRE_BALANCER_CHECK_TIMEOUT_MS: "100",
    BELLWIRE_BALANCER_SHED_PER_SECOND: "10",
  });
  const clients = await Promise.all(Array.from({ length: 20 }, () => open(stage.url)));
  const closedAt: number[] = [];
  for (const client of clients) client.once("close", () => closedAt.push(performance.now()));
  frozen.frozen = true;
  await soon(() => closedAt.length).toBe(10);
  const [first = 0, last = 0] = [closedAt[0], closedAt.at(-1)];
  expect(last - first).toBeGreaterThan(600);
  expect(last - first).toBeLessThan(5_000);
  expect(await stage.metric('bellwire_balancer_tunnels_closed_total{cause="shed"}')).toBe(10);
  expect((await stage.nodes()).map(({ state, active }) => `${state} ${active}`)).toEqual(["down 0", "up 10"]);
  frozen.frozen = false;
  await soon(async () => (await stage.nodes())[0]?.state).toBe("up");
  for (const client of clients) client.terminate();
});

it("a frozen node's streams are closed too", async () => {
  await using frozen = await echoNode((_request, reply) => void reply.writeHead(200).write("first"));
  await using well = await echoNode();
  await using stage = await startStage([frozen, well], {
    BELLWIRE_BALANCER_STRATEGY: "round-robin",
    BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "100",
    BELLWIRE_BALANCER_CHECK_TIMEOUT_MS: "100",
  });
  using client = connectRaw(stage.port);
  client.send("GET /connection/http_stream HTTP/1.1\r\nHost: shop.example\r\n\r\n");
  await soon(() => client.received).toContain("first");
  expect(client.ended).toBe(false);
  frozen.frozen = true;
  await soon(() => client.ended).toBe(true);
  expect((await stage.nodes()).map(({ active }) => active)).toEqual([0, 0]);
});

it("a node whose health is bad keeps its tunnels as long as it answers", async () => {
  await using unwell = await echoNode();
  await using well = await echoNode();
  await using stage = await startStage([unwell, well], {
    BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "50",
    BELLWIRE_BALANCER_SHED_PER_SECOND: "1000",
  });
  const clients = await Promise.all(Array.from({ length: 4 }, () => open(stage.url)));
  unwell.healthy = false;
  await soon(async () => (await stage.nodes())[0]?.state).toBe("down");
  const checks = unwell.checks;
  await soon(() => unwell.checks - checks).toBeGreaterThan(8); // By now a sweep has passed, and another.
  expect(clients.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true);
  for (const client of clients) client.terminate();
});

it("retries beyond the reserve and the share of the opens are not made", async () => {
  const busy = () => rawNode((socket) => void socket.write(refusal(503)));
  await using one = await busy();
  await using two = await busy();
  await using stage = await startStage([one, two], {
    BELLWIRE_BALANCER_RETRY_RESERVE: "3",
    BELLWIRE_BALANCER_RETRY_PERCENT: "20",
    BELLWIRE_BALANCER_EJECT_AFTER: "0",
  });
  for (let opens = 0; opens < 20; opens++) {
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.received).toContain("HTTP/1.1 503 ");
  }
  const retries = one.heard.length + two.heard.length - 20;
  expect(retries).toBeGreaterThanOrEqual(5);
  expect(retries).toBeLessThanOrEqual(7);
  expect(await stage.metric(attempts("busy"))).toBe(retries);
  expect(await stage.metric("bellwire_balancer_retries_refused_total")).toBe(20 - retries);
});
