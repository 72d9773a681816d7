import { createTicketVerifier } from "@bellwire/auth";
import type { NodeRecord } from "@bellwire/hub";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { opsNode } from "../testing/ops-node.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";
import { type Stage, startStage } from "../testing/stage.ts";

const secret = "the-ticket-secret-of-the-tests";
const env = {
  BELLWIRE_TICKET_SECRET: secret,
  BELLWIRE_BALANCER_ROSTER_MS: "50",
  BELLWIRE_BALANCER_SLOW_START_MS: "0",
};
const ask = ({ port }: Stage, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/negotiate`, { method: "POST", ...init });
const up = async (stage: Stage) => (await stage.nodes()).filter(({ state }) => state === "up").length;

describe("negotiating", { timeout: 30_000 }, () => {
  it("answers a node's own address with a ticket that the node takes, chosen as tunnels are, and holds the place", async () => {
    await using one = await opsNode("one");
    await using two = await opsNode("two");
    const own = (node: typeof one): Partial<NodeRecord> => ({
      publicUrl: `ws://${node.node.address}/connection/websocket`,
    });
    await using stage = await startStage([], env, {
      roster: async () => [one.record(own(one)), two.record(own(two))],
    });
    await soon(() => up(stage)).toBe(2);
    const places = async () => (await stage.nodes()).map(({ active }) => active);
    const offers: { url: string; ticket: string; expiresInMs: number }[] = [];
    for (let round = 0; round < 4; round += 1)
      offers.push((await (await ask(stage)).json()) as (typeof offers)[number]);
    expect(await places()).toEqual([2, 2]);
    for (const { url, ticket, expiresInMs } of offers) {
      const node = url.startsWith(`ws://${one.node.address}/`) ? "one" : "two";
      expect(createTicketVerifier({ secret, node, now: Date.now })(ticket)).toBe("good");
      expect([new URL(url).searchParams.get("ticket"), expiresInMs]).toEqual([ticket, 30_000]);
    }
    const sockets = offers.map(({ url }) => new WebSocket(url));
    await soon(() => one.node.seen.length + two.node.seen.length).toBe(4);
    await soon(() => stage.nodes()).toEqual([
      expect.objectContaining({ active: 2, direct: 2, reserved: 0 }),
      expect.objectContaining({ active: 2, direct: 2, reserved: 0 }),
    ]);
    for (const socket of sockets) socket.terminate();
    await soon(places).toEqual([0, 0]);
  });

  it("answers its own address, without a ticket and without a place, for a node that clients cannot reach", async () => {
    await using one = await opsNode("one");
    await using stage = await startStage([], env, { roster: async () => [one.record()] });
    await soon(() => up(stage)).toBe(1);
    const answer = await ask(stage);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({
      url: `ws://127.0.0.1:${stage.port}/connection/websocket`,
      expiresInMs: 30_000,
    });
    expect((await stage.nodes())[0]?.active).toBe(0);
  });

  it("bounds what one client may reserve, and says when to come again", async () => {
    await using one = await opsNode("one");
    const record = () => one.record({ publicUrl: "ws://node.example/connection/websocket" });
    const limits = { BELLWIRE_BALANCER_ADDRESS_RESERVATIONS: "2", BELLWIRE_BALANCER_TICKET_MS: "1500" };
    await using stage = await startStage([], { ...env, ...limits }, { roster: async () => [record()] });
    await soon(() => up(stage)).toBe(1);
    expect([(await ask(stage)).status, (await ask(stage)).status]).toEqual([200, 200]);
    const refused = await ask(stage);
    expect([refused.status, Number(refused.headers.get("retry-after")) >= 1]).toEqual([429, true]);
    await soon(async () => (await ask(stage)).status).toBe(200);
  });

  it("answers 503 with Retry-After without a node, 400 to another method, and cuts a large body", async () => {
    await using stage = await startStage([], env);
    const answer = await ask(stage);
    expect([answer.status, answer.headers.has("retry-after")]).toEqual([503, true]);
    expect((await ask(stage, { method: "GET" })).status).toBe(400);
    using raw = connectRaw(stage.port);
    raw.send("POST /negotiate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw.send(`1000\r\n${"x".repeat(4_096)}\r\n`);
    await soon(() => raw.ended).toBe(true);
  });

  it("lets every page ask, or only those that are named", async () => {
    await using open = await startStage([], env);
    const preflight = await ask(open, { method: "OPTIONS", headers: { origin: "https://shop.example" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("POST");
    await using closed = await startStage([], {
      ...env,
      BELLWIRE_BALANCER_NEGOTIATE_ORIGINS: "https://shop.example",
    });
    const allowed = async (origin: string) =>
      (await ask(closed, { headers: { origin } })).headers.get("access-control-allow-origin");
    expect([await allowed("https://shop.example"), await allowed("https://evil.example")]).toEqual([
      "https://shop.example",
      null,
    ]);
  });
});
