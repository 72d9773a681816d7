import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { operate, TOKEN } from "../testing/operator.ts";
import { type OpsNode, opsNode } from "../testing/ops-node.ts";
import { soon } from "../testing/soon.ts";
import { type Stage, startStage } from "../testing/stage.ts";

const env = {
  BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN,
  BELLWIRE_API_KEY: "the-key-of-the-tests",
  BELLWIRE_BALANCER_ROSTER_MS: "50",
};

async function open({ url }: Stage, count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = new WebSocket(`ws://${url}/connection/websocket`);
    await once(socket, "open");
    sockets.push(socket);
  }
  return sockets;
}
const rosterOf = (...nodes: OpsNode[]) => ({ roster: async () => nodes.map((node) => node.record()) });
const up = async (stage: Stage) => (await stage.nodes()).filter(({ state }) => state === "up").length;

describe("draining a node", { timeout: 30_000 }, () => {
  it("gives it nothing new, has it shed its clients at the pace that ends in time, and then it is gone", async () => {
    await using one = await opsNode("one");
    await using two = await opsNode("two");
    await using stage = await startStage([], env, rosterOf(one, two));
    await soon(() => up(stage)).toBe(2);
    await open(stage, 8);
    const drain = await operate(stage, "POST /nodes/one/drain", { overMs: 2_000 });
    expect([drain.status, drain.body]).toEqual([
      202,
      { state: "draining", drain: expect.objectContaining({ node: "one", overMs: 2_000, by: "node", clients: 4 }) },
    ]);
    expect(one.orders).toEqual([{ count: "all", perSecond: 2, close: "shutdown" }]);
    expect(one.keys).toEqual(["the-key-of-the-tests"]);
    await soon(async () => (await stage.nodes()).map(({ id }) => id)).toEqual(["two"]);
    expect((await operate(stage, "POST /nodes/one/drain")).body).toEqual({ state: "gone" });
    await open(stage, 2);
    expect(one.node.seen).toHaveLength(4);
  });

  it("asked for twice is one drain, and its end by the operator leaves the rest where they are", async () => {
    await using one = await opsNode("one");
    await using stage = await startStage([], env, rosterOf(one));
    await soon(() => up(stage)).toBe(1);
    const [first] = await open(stage, 1);
    one.node.sockets.forEach((socket) => {
      socket.end = () => socket; // It obeys too slowly.
    });
    await operate(stage, "POST /nodes/one/drain", { overMs: 60_000 });
    const again = await operate(stage, "POST /nodes/one/drain", { overMs: 1 });
    expect(again.body.drain.overMs).toBe(60_000);
    expect(one.orders).toHaveLength(1);
    expect((await operate(stage, "PUT /nodes/one", { state: "up" })).body).toMatchObject({ state: "up", active: 1 });
    expect(one.orders.at(-1)).toMatchObject({ count: 0 });
    expect((await operate(stage, "GET /nodes/one")).body.drain).toBeUndefined();
    first?.terminate();
  });

  it("whose node does not obey closes its tunnels from our side, at the same pace", async () => {
    await using one = await opsNode("one", { obeys: false });
    await using stage = await startStage([], env, rosterOf(one));
    await soon(() => up(stage)).toBe(1);
    const sockets = await open(stage, 10);
    const closedAt: number[] = [];
    for (const socket of sockets) socket.once("close", () => closedAt.push(performance.now()));
    const startedAt = performance.now();
    const drain = await operate(stage, "POST /nodes/one/drain", { overMs: 2_000 });
    expect(drain.body.drain.by).toBe("balancer");
    await soon(() => closedAt.length).toBe(10);
    const elapsed = closedAt.map((at) => at - startedAt);
    expect(elapsed[0]).toBeLessThan(1_200);
    expect(elapsed[4]).toBeGreaterThan(600);
    expect(elapsed[9]).toBeGreaterThan(1_500);
    await soon(async () => (await stage.nodes()).length).toBe(0);
  });

  it("cuts at its end who is left, though the node said that it would obey", async () => {
    await using one = await opsNode("one");
    await using stage = await startStage([], env, rosterOf(one));
    await soon(() => up(stage)).toBe(1);
    const [socket] = await open(stage, 1);
    for (const held of one.node.sockets) held.end = () => held;
    const closed = once(socket as WebSocket, "close");
    await operate(stage, "POST /nodes/one/drain", { overMs: 100 });
    await closed;
    await soon(async () => (await stage.nodes()).length).toBe(0);
    await soon(() => one.orders.length).toBeGreaterThan(1);
  });

  it("is undone by the operator: a removed node comes back when it is released", async () => {
    await using one = await opsNode("one");
    await using stage = await startStage([], env, rosterOf(one));
    await soon(() => up(stage)).toBe(1);
    await operate(stage, "POST /nodes/one/drain", { overMs: 0 });
    await soon(async () => (await stage.nodes()).length).toBe(0);
    expect((await operate(stage, "PUT /nodes/one", { state: "up" })).status).toBe(202);
    await soon(() => up(stage)).toBe(1);
  });
});
