import { once } from "node:events";
import type { NodeRecord, Rulebook } from "@bellwire/hub";
import { MemoryRulebook } from "@bellwire/memory";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode } from "../testing/nodes.ts";
import { operate, TOKEN } from "../testing/operator.ts";
import { opsNode } from "../testing/ops-node.ts";
import { soon } from "../testing/soon.ts";
import { type Stage, startStage } from "../testing/stage.ts";

const env = {
  BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN,
  BELLWIRE_BALANCER_ROSTER_MS: "50",
  BELLWIRE_API_KEY: "the-key-of-tests",
};

/** A rulebook that a test takes away. */
class Losable implements Rulebook {
  readonly book = new MemoryRulebook();
  away = false;
  read = (known?: string) => this.#reach(() => this.book.read(known));
  write = (changes: Parameters<Rulebook["write"]>[0]) => this.#reach(() => this.book.write(changes));
  restore = (entries: Parameters<Rulebook["restore"]>[0]) => this.#reach(() => this.book.restore(entries));

  async #reach<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (this.away) throw new Error("the rulebook is away");
    return call();
  }
}

async function open({ url }: Stage): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}/connection/websocket`);
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}
const states = async (stage: Stage) => (await stage.nodes()).map(({ state, weight }) => `${state} ${weight}`);
const strategyOf = async (stage: Stage) => (await operate(stage, "GET /strategy")).body.strategy;

describe("standing orders", { timeout: 30_000 }, () => {
  it("reach every balancer of the rulebook, and so does their end", async () => {
    const book = new MemoryRulebook();
    await using a = await echoNode();
    await using b = await echoNode();
    await using one = await startStage([a], env, undefined, book);
    await using two = await startStage([a], env, undefined, book);
    await operate(one, "PUT /strategy", { strategy: "random" });
    await operate(two, `PUT /nodes/${a.address}`, { weight: 7 });
    await operate(one, `PUT /nodes/${a.address}`, { state: "draining" });
    await operate(two, "POST /nodes", { address: b.address, weight: 2 });
    for (const stage of [one, two]) {
      await soon(() => strategyOf(stage)).toBe("random");
      await soon(() => states(stage)).toEqual(["draining 7", "up 2"]);
      expect((await operate(stage, "GET /orders")).body).toMatchObject({ shared: "yes", orders: { length: 4 } });
    }
    await operate(two, `PUT /nodes/${a.address}`, { state: "up" });
    await operate(one, `DELETE /nodes/${b.address}`);
    for (const stage of [one, two]) await soon(() => states(stage)).toEqual(["up 7"]);
    await operate(one, `DELETE /nodes/${a.address}`);
    await soon(async () => (await two.nodes()).length).toBe(0);
    await operate(two, `PUT /nodes/${a.address}`, { state: "up" });
    for (const stage of [one, two]) await soon(() => states(stage)).toEqual(["up 1"]);
  });

  it("of a drain empty the node at every balancer, each cutting its own tunnels where the node cannot", async () => {
    const book = new MemoryRulebook();
    await using a = await echoNode();
    await using b = await echoNode();
    await using one = await startStage([a], env, undefined, book);
    await using two = await startStage([a, b], env, undefined, book);
    const sockets = [await open(one), await open(two), await open(two)];
    const drained = await operate(one, `POST /nodes/${a.address}/drain`, { overMs: 500 });
    expect(drained.body).toMatchObject({ state: "draining", drain: { overMs: 500, by: "balancer" } });
    await soon(() => a.sockets.size).toBe(0);
    await soon(async () => (await two.nodes()).map(({ id }) => id)).toEqual([b.address]);
    await soon(async () => (await one.nodes()).length).toBe(0);
    for (const socket of sockets) socket.terminate();
  });

  it("are taken over by a balancer that starts later, before it gives anybody a node", async () => {
    const book = new MemoryRulebook();
    await using node = await opsNode("node-1");
    await using other = await opsNode("node-2");
    const roster = async () => [node.record(), other.record()];
    await using one = await startStage([], env, { roster }, book);
    await soon(() => states(one)).toEqual(["up 1", "up 1"]);
    await operate(one, "PUT /strategy", { strategy: "round-robin" });
    await operate(one, "PUT /nodes/node-1", { weight: 4 });
    await operate(one, "POST /nodes/node-2/drain", { overMs: 0 });
    await soon(() => states(one)).toEqual(["up 4"]);

    await using late = await startStage([], env, { roster }, book);
    expect(await strategyOf(late)).toBe("round-robin");
    await soon(() => states(late)).toEqual(["up 4"]);
    const sockets = [await open(late), await open(late)];
    expect([node.node.seen.length, other.node.seen.length]).toEqual([2, 0]);
    for (const socket of sockets) socket.terminate();
  });

  it("mean one life of a node: who was drained and starts anew takes part again, with its weight", async () => {
    const book = new MemoryRulebook();
    await using node = await opsNode("node-1");
    let startedAt = 1;
    const roster = async (): Promise<NodeRecord[]> => [node.record({ startedAt })];
    await using one = await startStage([], env, { roster }, book);
    await soon(() => states(one)).toEqual(["up 1"]);
    await operate(one, "PUT /nodes/node-1", { weight: 4 });
    await operate(one, "POST /nodes/node-1/drain", { overMs: 0 });
    await soon(async () => (await one.nodes()).length).toBe(0);
    startedAt = 2;
    await soon(() => states(one)).toEqual(["up 4"]);
    await using late = await startStage([], env, { roster }, book);
    await soon(() => states(late)).toEqual(["up 4"]);
  });

  it("that cannot be told are refused with 503 and not carried out; what stood before goes on", async () => {
    const book = new Losable();
    await using a = await echoNode();
    await using one = await startStage([a], env, undefined, book);
    await operate(one, `PUT /nodes/${a.address}`, { weight: 3 });
    book.away = true;
    for (const [call, body] of [
      ["PUT /strategy", { strategy: "p2c" }],
      [`PUT /nodes/${a.address}`, { weight: 9, state: "draining" }],
      [`POST /nodes/${a.address}/drain`, {}],
      [`DELETE /nodes/${a.address}?force=true`, undefined],
      ["POST /nodes", { address: "127.0.0.1:1" }],
    ] as const) {
      const { status, body: answer } = await operate(one, call, body);
      expect([call, status, answer.error]).toEqual([call, 503, expect.stringMatching(/nothing was changed/)]);
    }
    expect([await states(one), await strategyOf(one)]).toEqual([["up 3"], "least-connections"]);
    expect((await operate(one, "GET /orders")).body.shared).toBe("not now");
    (await open(one)).terminate();
    book.away = false;
    expect((await operate(one, "PUT /strategy", { strategy: "p2c" })).status).toBe(200);
    expect((await operate(one, "GET /orders")).body.shared).toBe("yes");
  });

  it("outlive a rulebook that comes back empty", async () => {
    const book = new MemoryRulebook();
    await using a = await echoNode();
    await using one = await startStage([a], env, undefined, book);
    await using two = await startStage([a], env, undefined, book);
    await operate(one, `PUT /nodes/${a.address}`, { state: "draining" });
    await soon(() => states(two)).toEqual(["draining 1"]);
    book.wipe();
    await soon(async () => (await book.read())?.entries.size).toBe(1);
    await operate(two, `PUT /nodes/${a.address}`, { weight: 2 });
    for (const stage of [one, two]) await soon(() => states(stage)).toEqual(["draining 2"]);
  });

  it("are for one balancer alone without a rulebook", async () => {
    await using a = await echoNode();
    await using one = await startStage([a], env);
    await operate(one, `PUT /nodes/${a.address}`, { weight: 3 });
    expect((await operate(one, "GET /orders")).body).toEqual({
      shared: "no",
      orders: [{ order: `weight ${a.address}`, text: "3" }],
    });
  });
});
