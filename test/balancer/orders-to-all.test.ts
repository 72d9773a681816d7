import { findNative, startNativeRedis } from "@bellwire/backends";
import { describe, it } from "vitest";
import { openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { operate, TOKEN } from "./operator.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";

/** Balancers follow twice a second. */
const A_SECOND = { timeout: 2_000, interval: 50 };
const LONG = { timeout: 15_000, interval: 100 };

describe("two balancer processes with one Redis", () => {
  it("obey what either is told within a second, also one that starts later; without Redis they go on and refuse orders", {
    timeout: 120_000,
  }, async ({ expect }) => {
    const path = process.env.PATH ?? "";
    expect((await findNative(path)).redis, "redis-server on this machine").toBeDefined();
    await using redis = await startNativeRedis({ path, persist: false });
    await using nodes = await startNodes(3);
    const env = {
      BELLWIRE_REDIS_URL: redis.url,
      BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN,
      BELLWIRE_BALANCER_SLOW_START_MS: "0",
    };
    const start = () => startSubject("ours", nodes.all, { env });
    await using one = await start();
    await using two = await start();
    const both = [one, two];
    const idOf = (name: string) => `127.0.0.1:${nodes.get(name).port}`;
    const viewOf = async ({ adminPort }: { readonly adminPort: number }, name: string) =>
      (await operate(adminPort, `GET /nodes/${idOf(name)}`)).body;
    using tunnels = new Tunnels();
    await tunnels.hold(one.port, 30);
    await tunnels.hold(two.port, 30);

    await operate(one.adminPort, `PUT /nodes/${idOf("b")}`, { weight: 3 });
    await operate(two.adminPort, "PUT /strategy", { strategy: "weighted-round-robin" });
    expect((await operate(two.adminPort, `POST /nodes/${idOf("a")}/drain`, { overMs: 1_000 })).status).toBe(202);
    for (const balancer of both) {
      await expect.poll(async () => (await viewOf(balancer, "b")).weight, A_SECOND).toBe(3);
      await expect
        .poll(async () => (await operate(balancer.adminPort, "GET /strategy")).body.strategy, A_SECOND)
        .toBe("weighted-round-robin");
      await expect.poll(async () => (await nodesOf(balancer)).map(({ state }) => state), LONG).toEqual(["up", "up"]);
    }
    await expect.poll(async () => (await nodes.open())[0], LONG).toBe(0);
    for (const { socket } of tunnels.on("b")) expect(socket.readyState).toBe(socket.OPEN);

    await using late = await startSubject("ours", nodes.all, { env });
    expect((await nodesOf(late)).map(({ address }) => address)).toEqual([idOf("b"), idOf("c")]);
    expect(tally(await openSteadily(late.port, { everyMs: 20, forMs: 790 }))).toMatchObject({ b: expect.any(Number) });
    expect((await viewOf(late, "b")).weight).toBe(3);

    await redis.kill();
    await expect
      .poll(async () => (await operate(one.adminPort, "PUT /strategy", { strategy: "p2c" })).status, LONG)
      .toBe(503);
    expect((await operate(one.adminPort, "GET /strategy")).body.strategy).toBe("weighted-round-robin");
    expect(tally(await openSteadily(two.port, { everyMs: 50, forMs: 500 })).none).toBeUndefined();

    // It comes back without its data: what stood is written anew.
    await redis.restart();
    await expect
      .poll(async () => (await operate(two.adminPort, `PUT /nodes/${idOf("a")}`, { state: "up" })).status, LONG)
      .toBe(200);
    for (const balancer of [one, two, late]) {
      await expect.poll(async () => (await viewOf(balancer, "a")).state, LONG).toBe("up");
      expect((await viewOf(balancer, "b")).weight).toBe(3);
    }
    await using last = await startSubject("ours", nodes.all, { env });
    expect((await viewOf(last, "b")).weight).toBe(3);
    expect((await operate(last.adminPort, "GET /strategy")).body.strategy).toBe("weighted-round-robin");
  });
});
