import { describe, it } from "vitest";
import { openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { operate, TOKEN } from "./operator.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { Talk } from "./talk.ts";

const OVER_MS = 3_000;
const LONG = { timeout: 15_000 };

describe("check 14: drain and remove by API (three nodes, 90 tunnels, a drain over 3 s)", () => {
  it("nothing new, the rest goes on until it is shed evenly, then it is gone; removal is refused or forced; twice is once", async ({
    expect,
  }) => {
    await using nodes = await startNodes(3);
    await using subject = await startSubject("ours", nodes.all, { env: { BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN } });
    const order = (call: string, body?: object) => operate(subject.adminPort, call, body);
    const path = (id: string) => `/nodes/127.0.0.1:${nodes.get(id).port}`;
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, 90);
    expect(await nodes.open()).toEqual([30, 30, 30]);
    const talk = new Talk(tunnels.all, 100);

    for (const _ of ["first", "again"])
      expect((await order(`PUT ${path("a")}`, { state: "draining" })).body).toMatchObject({
        state: "draining",
        active: 30,
      });
    expect(tally(await openSteadily(subject.port, { everyMs: 50, forMs: 500 }, tunnels)).a).toBeUndefined();
    expect((await order(`DELETE ${path("a")}`)).status).toBe(409);
    const heard = talk.echoes;
    await expect.poll(() => talk.echoes, LONG).toBeGreaterThan(heard + 180);
    expect(tunnels.on("a").every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);

    const closedAt: number[] = [];
    for (const { socket } of tunnels.on("a")) socket.on("close", () => closedAt.push(performance.now()));
    const startedAt = performance.now();
    const drain = await order(`POST ${path("a")}/drain`, { overMs: OVER_MS });
    expect([drain.status, drain.body.drain]).toEqual([202, expect.objectContaining({ clients: 30, by: "balancer" })]);
    const again = await order(`POST ${path("a")}/drain`, { overMs: 1 });
    expect([again.status, again.body.drain]).toEqual([202, expect.objectContaining({ clients: 30, overMs: OVER_MS })]);
    const meanwhile = tally(await openSteadily(subject.port, { everyMs: 50, forMs: 1_000 }, tunnels));
    expect([meanwhile.a, meanwhile.none]).toEqual([undefined, undefined]);
    await expect.poll(() => closedAt.length, LONG).toBe(30);
    expect(closedAt[14]).toBeGreaterThan(startedAt + OVER_MS * 0.3);
    expect(closedAt[29]).toBeGreaterThan(startedAt + OVER_MS * 0.8);
    expect(closedAt[29]).toBeLessThan(startedAt + OVER_MS + 5_000);
    await expect.poll(async () => (await nodesOf(subject)).length, LONG).toBe(2);
    for (const call of [`POST ${path("a")}/drain`, `DELETE ${path("a")}`, `DELETE ${path("a")}?force=true`])
      expect(await order(call)).toEqual({ status: 200, body: { state: "gone" } });

    expect((await order(`DELETE ${path("b")}`)).status).toBe(409);
    const onB = tunnels.on("b");
    for (const _ of ["first", "again"])
      expect(await order(`DELETE ${path("b")}?force=true`)).toEqual({ status: 200, body: { state: "gone" } });
    await expect.poll(() => onB.every(({ socket }) => socket.readyState === socket.CLOSED), LONG).toBe(true);
    talk.stop();
    expect(tunnels.on("c").every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
    expect(tally(await openSteadily(subject.port, { everyMs: 50, forMs: 300 }))).toEqual({ c: expect.any(Number) });

    for (const { socket } of tunnels.all) socket.terminate();
    await expect.poll(async () => (await nodesOf(subject)).map(({ active }) => active), LONG).toEqual([0]);
    await expect.poll(() => nodes.open(), LONG).toEqual([0, 0, 0]);
  });
});
