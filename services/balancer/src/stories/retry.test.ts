import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode, rawNode, refusal } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { activeOn, startStage } from "../testing/stage.ts";

/** The address of a node that has just gone. */
async function deadNode(): Promise<{ readonly address: string; readonly port: number }> {
  await using node = await rawNode(() => undefined);
  return { address: node.address, port: node.port };
}
/** Health checks that come too late to matter, so that only the client's own connects tell. */
const unchecked = { BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "60000", BELLWIRE_BALANCER_STRATEGY: "round-robin" };

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}/connection/websocket`);
  await once(socket, "open");
  return socket;
}

describe("before the 101, another node is tried", () => {
  it("when a connect is refused, and the dead node is not chosen again until a check passes", async () => {
    const dead = await deadNode();
    await using alive = await echoNode();
    await using stage = await startStage([dead, alive]);
    for (let opens = 0; opens < 6; opens++) (await open(stage.url)).terminate();
    expect(alive.seen.length).toBe(6);
    const failed = await stage.metric('bellwire_balancer_attempts_failed_total{fault="refused"}');
    expect(failed ?? 0).toBeLessThanOrEqual(1);
    await using _back = await echoNode(undefined, dead.port);
    await soon(async () => (await stage.nodes()).map(({ state }) => state)).toEqual(["up", "up"]);
  });

  it.each([502, 503, 429])("when a node answers %i", async (status) => {
    await using busy = await rawNode((socket) => void socket.write(refusal(status)));
    await using free = await echoNode();
    await using stage = await startStage([busy, free], unchecked);
    for (let opens = 0; opens < 4; opens++) (await open(stage.url)).terminate();
    expect(free.seen.length).toBe(4);
    expect(busy.heard.length).toBe(2);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("when a node accepts and never answers, after the handshake limit", async () => {
    await using mute = await rawNode(() => undefined);
    await using alive = await echoNode();
    await using stage = await startStage([mute, alive], { ...unchecked, BELLWIRE_BALANCER_HANDSHAKE_MS: "400" });
    for (let opens = 0; opens < 2; opens++) (await open(stage.url)).terminate();
    expect(alive.seen.length).toBe(2);
    expect(mute.heard.length).toBe(1);
    await soon(() => mute.sockets.size).toBe(0);
    await soon(() => activeOn(stage)).toBe(0);
  });

  it("when a node closes without an answer, and at most as often as the limit says", async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => rawNode((socket) => socket.destroy())));
    await using stage = await startStage(nodes, unchecked);
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(client.received).toMatch(/^HTTP\/1\.1 502 /);
    expect(nodes.reduce((sum, { heard }) => sum + heard.length, 0)).toBe(3);
    for (const node of nodes) await node[Symbol.asyncDispose]();
  });
});

describe("the client hears", () => {
  it.each([401, 403, 404])("a node's %i, which is not tried elsewhere", async (status) => {
    await using one = await rawNode((socket) => void socket.write(refusal(status, "X-Why: token\r\n", "who?")));
    await using two = await rawNode((socket) => void socket.write(refusal(status, "X-Why: token\r\n", "who?")));
    await using stage = await startStage([one, two], unchecked);
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} Refused\r\nX-Why: token\r\n`));
    expect(client.received).toMatch(/Connection: close\r\n\r\nwho\?$/);
    expect(one.heard.length + two.heard.length).toBe(1);
    client.socket.end();
    await soon(() => one.sockets.size + two.sockets.size).toBe(0);
  });

  it("the last 503 with its Retry-After when every node is busy", async () => {
    const busy = () => rawNode((socket) => void socket.write(refusal(503, "Retry-After: 77\r\n")));
    await using one = await busy();
    await using two = await busy();
    await using stage = await startStage([one, two], unchecked);
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(client.received).toMatch(/^HTTP\/1\.1 503 /);
    expect(client.received.match(/Retry-After: .*/g)).toEqual(["Retry-After: 77"]);
    expect(one.heard.length + two.heard.length).toBe(2);
  });

  it("504 when no node answers in time", async () => {
    await using mute = await rawNode(() => undefined);
    await using stage = await startStage([mute], { ...unchecked, BELLWIRE_BALANCER_HANDSHAKE_MS: "300" });
    using client = connectRaw(stage.port);
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(client.received).toMatch(/^HTTP\/1\.1 504 /);
    await soon(() => mute.sockets.size).toBe(0);
  });

  it("503 with a Retry-After at once when there is no node", async () => {
    await using stage = await startStage([]);
    using client = connectRaw(stage.port);
    const startedAt = performance.now();
    client.send(upgradeText());
    await soon(() => client.ended).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(900);
    expect(client.received).toMatch(/^HTTP\/1\.1 503 /);
    expect(client.received).toMatch(/Retry-After: [1-4]\r\n/);
    const ready = await fetch(`http://127.0.0.1:${stage.adminPort}/ready`);
    const live = await fetch(`http://127.0.0.1:${stage.adminPort}/live`);
    expect([ready.status, live.status]).toEqual([503, 200]);
  });
});

it("a client that leaves during the handshake leaves nothing behind", async () => {
  await using mute = await rawNode(() => undefined);
  await using stage = await startStage([mute]);
  const clients = Array.from({ length: 10 }, () => connectRaw(stage.port));
  for (const client of clients) client.send(upgradeText());
  await soon(() => activeOn(stage)).toBe(10);
  clients.forEach((client, index) => {
    if (index % 2 === 0) client.socket.end();
    else client.socket.resetAndDestroy();
  });
  await soon(() => activeOn(stage)).toBe(0);
  await soon(() => mute.sockets.size).toBe(0);
  expect(await stage.metric("bellwire_balancer_aborted_total")).toBe(10);
});
