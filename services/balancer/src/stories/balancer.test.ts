import { once } from "node:events";
import type { NodeRecord } from "@bellwire/hub";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type EchoNode, echoNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { record as recordOf } from "../testing/records.ts";
import { soon } from "../testing/soon.ts";
import { startStage } from "../testing/stage.ts";

const record = (id: string, { address }: EchoNode, changes: Partial<NodeRecord> = {}): NodeRecord =>
  recordOf(id, { address, opsAddress: address, ...changes });
const down = { BELLWIRE_BALANCER_CHECK_INITIAL: "down" };

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}/connection/websocket`);
  await once(socket, "open");
  return socket;
}

describe("the nodes of the registry", () => {
  it("take part by themselves, get nothing new while draining, and stay known while the registry is away", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    let roster: () => Promise<NodeRecord[]> = async () => [record("one", one)];
    await using stage = await startStage([], down, { roster: () => roster() });
    const states = async () => Object.fromEntries((await stage.nodes()).map(({ id, state }) => [id, state]));
    await soon(states).toEqual({ one: "up" });

    roster = async () => [record("one", one), record("two", two)];
    await soon(states).toEqual({ one: "up", two: "up" });

    roster = async () => [record("one", one, { state: "draining" }), record("two", two)];
    await soon(states).toEqual({ one: "draining", two: "up" });
    for (let opens = 0; opens < 3; opens++) (await open(stage.url)).terminate();
    expect([one.seen.length, two.seen.length]).toEqual([0, 3]);

    roster = () => Promise.reject(new Error("away"));
    await soon(() => stage.metric("bellwire_balancer_roster_failures_total")).toBeGreaterThanOrEqual(2);
    (await open(stage.url)).terminate();
    expect(two.seen.length).toBe(4);
  });

  it("leave no metric behind when they leave", async () => {
    await using one = await echoNode();
    let records = [record("one", one)];
    const env = { ...down, BELLWIRE_BALANCER_ABSENT_MS: "0" };
    await using stage = await startStage([], env, { roster: async () => records });
    await soon(() => stage.metric('bellwire_balancer_node_available{node="one"}')).toBe(1);
    records = [];
    await soon(() => stage.metric('bellwire_balancer_node_available{node="one"}')).toBeUndefined();
    expect(await stage.nodes()).toEqual([]);
  });
});

describe("health checks", () => {
  it("bring a static node in at its first pass, take it out when it fails, and say why", async () => {
    await using node = await echoNode();
    const env = { ...down, BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "100", BELLWIRE_BALANCER_CHECK_FALL: "2" };
    await using stage = await startStage([node], env);
    const first = async () => (await stage.nodes())[0];
    await soon(first).toMatchObject({ state: "up", lastCause: "health check answered 200", source: "static" });
    node.healthy = false;
    await soon(first).toMatchObject({ state: "down", lastCause: "health check answered 503" });
    node.healthy = true;
    await soon(first).toMatchObject({ state: "up" });
  });
});

describe("stopping", () => {
  it("takes nobody new, lets tunnels live up to the drain limit, then cuts them", async () => {
    await using node = await echoNode();
    const stage = await startStage([node], { BELLWIRE_BALANCER_DRAIN_MS: "800" });
    const socket = await open(stage.url);
    const stopped = stage[Symbol.asyncDispose]();
    using late = connectRaw(stage.port);
    late.send(upgradeText());
    await soon(() => late.ended).toBe(true);
    expect(late.received).not.toContain(" 101 ");
    socket.send("still here");
    expect(String((await once(socket, "message"))[0])).toBe("still here");
    await Promise.all([stopped, once(socket, "close")]);
  });

  it("does not wait when nothing is open", async () => {
    const stage = await startStage([], { BELLWIRE_BALANCER_DRAIN_MS: "60000" });
    await stage[Symbol.asyncDispose]();
  });
});

it("a port that is taken stops the start, and leaves nothing open", async () => {
  await using stage = await startStage([]);
  await expect(startStage([], { BELLWIRE_BALANCER_PORT: String(stage.port) })).rejects.toThrow("EADDRINUSE");
});
