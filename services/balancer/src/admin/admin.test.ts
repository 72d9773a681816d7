import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { echoNode } from "../testing/nodes.ts";
import { operate, TOKEN } from "../testing/operator.ts";
import { soon } from "../testing/soon.ts";
import { type Stage, startStage } from "../testing/stage.ts";

const env = { BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN };

async function open({ url }: Stage): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}/connection/websocket`);
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}

const changes = [
  ["PUT /nodes/x", {}],
  ["POST /nodes/x/drain", {}],
  ["DELETE /nodes/x", undefined],
  ["POST /nodes", { address: "127.0.0.1:1" }],
  ["PUT /strategy", { strategy: "round-robin" }],
  ["POST /rebalance", {}],
] as const;

describe("the admin API", { timeout: 30_000 }, () => {
  it("changes nothing without a configured token, and says which variable to set", async () => {
    await using stage = await startStage([]);
    for (const [call, body] of changes) {
      const answer = await operate(stage, call, body);
      expect([call, answer.status, answer.body.error]).toEqual([
        call,
        403,
        expect.stringContaining("BELLWIRE_BALANCER_ADMIN_TOKEN"),
      ]);
    }
    for (const path of ["/nodes", "/strategy", "/rebalance", "/choices", "/openapi.json"])
      expect((await operate(stage, `GET ${path}`, undefined, "")).status).toBe(200);
  });

  it("changes nothing for who brings another token, and names no client without the right one", async () => {
    await using stage = await startStage([], env);
    for (const [call, body] of changes) expect((await operate(stage, call, body, "another")).status).toBe(401);
    expect((await operate(stage, "GET /choices", undefined, "another")).status).toBe(401);
    expect((await operate(stage, "GET /choices")).status).toBe(200);
    expect((await operate(stage, "GET /nodes", undefined, "another")).status).toBe(200);
  });

  it("adds a node that is then chosen, gives it a weight, and refuses what is none", async () => {
    await using node = await echoNode();
    await using stage = await startStage([], env);
    expect((await operate(stage, "POST /nodes", { address: "nonsense" })).status).toBe(400);
    expect((await operate(stage, "POST /nodes", { address: node.address, weight: 0 })).status).toBe(400);
    const added = await operate(stage, "POST /nodes", { address: node.address, weight: 3 });
    expect([added.status, added.body]).toEqual([201, expect.objectContaining({ id: node.address, weight: 3 })]);
    expect((await operate(stage, "POST /nodes", { address: node.address, weight: 3 })).status).toBe(200);
    const socket = await open(stage);
    const changed = await operate(stage, `PUT /nodes/${node.address}`, { weight: 7 });
    expect(changed.body).toMatchObject({ weight: 7, active: 1, state: "up" });
    expect((await operate(stage, "PUT /nodes/unknown", { weight: 7 })).status).toBe(404);
    expect((await operate(stage, `PUT /nodes/${node.address}`, { weight: 7, speed: 1 })).status).toBe(400);
    socket.terminate();
  });

  it("holds a node and lets it go: meanwhile it gets nothing new and its tunnels live", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, two], env);
    const sockets = [await open(stage), await open(stage)];
    const path = `/nodes/${one.address}`;
    expect((await operate(stage, `PUT ${path}`, { state: "draining" })).body.state).toBe("draining");
    for (let opens = 0; opens < 4; opens += 1) sockets.push(await open(stage));
    expect([one.seen.length, two.seen.length]).toEqual([1, 5]);
    for (const socket of sockets) socket.send("alive");
    await Promise.all(sockets.map((socket) => once(socket, "message")));
    expect((await operate(stage, `PUT ${path}`, { state: "up" })).body.state).toBe("up");
    sockets.push(await open(stage));
    expect(one.seen.length).toBe(2);
    for (const socket of sockets) socket.terminate();
  });

  it("removes an empty node, a full one only by force, and the same call again changes nothing", async () => {
    await using one = await echoNode();
    await using stage = await startStage([one], env);
    const socket = await open(stage);
    const path = `/nodes/${one.address}`;
    const refused = await operate(stage, `DELETE ${path}`);
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringContaining("1 clients")]);
    socket.send("alive");
    await once(socket, "message");
    const closed = once(socket, "close");
    expect((await operate(stage, `DELETE ${path}?force=true`)).status).toBe(200);
    await closed;
    await soon(async () => (await stage.nodes()).length).toBe(0);
    expect((await operate(stage, `DELETE ${path}?force=true`)).body).toEqual({ state: "gone" });
    expect((await operate(stage, "DELETE /nodes/never-known")).status).toBe(404);
    expect((await operate(stage, "POST /nodes", { address: one.address })).status).toBe(201);
    await soon(async () => (await stage.nodes())[0]?.state).toBe("up");
  });

  it("changes the strategy from the next choice on", async () => {
    await using stage = await startStage([], env);
    expect((await operate(stage, "PUT /strategy", { strategy: "p2c" })).body).toEqual({ strategy: "p2c" });
    expect((await operate(stage, "GET /nodes")).body.strategy).toBe("p2c");
    expect((await operate(stage, "PUT /strategy", { strategy: "best" })).status).toBe(400);
  });

  it("tells why a node was chosen, newest first, and remembers only so many", async () => {
    await using one = await echoNode();
    await using two = await echoNode();
    await using stage = await startStage([one, { address: `${two.address}*2` }], {
      ...env,
      BELLWIRE_BALANCER_CHOICES: "2",
    });
    const sockets = [await open(stage), await open(stage), await open(stage)];
    const { choices } = (await operate(stage, "GET /choices?limit=10")).body;
    expect(choices).toHaveLength(2);
    expect(choices[0]).toMatchObject({ strategy: "least-connections", client: "127.0.0.1", more: 0 });
    const [first, second] = choices[0].candidates;
    expect(first.active + second.active).toBe(2);
    const scores = choices[0].candidates.map(({ score }: { score: number }) => score);
    const chosen = choices[0].candidates.find(({ node }: { node: string }) => node === choices[0].node);
    expect(chosen.score).toBe(Math.min(...scores));
    for (const socket of sockets) socket.terminate();
  });

  it("describes itself: every route that changes something is in the OpenAPI document with its answers", async () => {
    await using stage = await startStage([]);
    const { paths } = (await operate(stage, "GET /openapi.json")).body;
    expect(Object.keys(paths["/nodes/{id}"])).toEqual(expect.arrayContaining(["get", "put", "delete"]));
    expect(Object.keys(paths["/nodes/{id}"].delete.responses)).toEqual(expect.arrayContaining(["200", "409"]));
    for (const path of ["/nodes", "/nodes/{id}/drain", "/strategy", "/rebalance", "/choices"])
      expect(paths).toHaveProperty([path]);
  });
});
