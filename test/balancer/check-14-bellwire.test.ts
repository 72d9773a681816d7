import { describe, it } from "vitest";
import { Bellwire } from "./bellwire.ts";
import { operate } from "./operator.ts";

const CUSTOMERS = 60;
const OVER_MS = 3_000;
const LONG = { timeout: 30_000, interval: 100 };

describe("check 14: drain of a bellwire node by API (60 official SDK clients, over 3 s)", () => {
  it("the node says goodbye (3001) evenly over the time, everybody is served elsewhere, and its counter is 0", {
    timeout: 120_000,
  }, async ({ expect }) => {
    await using bellwire = await Bellwire.start(2, {});
    const { cluster } = bellwire;
    const admin = cluster.balancer.opsPort;
    const ids = async () => (await operate(admin, "GET /nodes")).body.nodes.map(({ id }: { id: string }) => id).sort();
    await bellwire.live(CUSTOMERS);
    expect([bellwire.on("node-1"), bellwire.on("node-2")]).toEqual([CUSTOMERS / 2, CUSTOMERS / 2]);

    const drained = await operate(admin, "POST /nodes/node-1/drain", { overMs: OVER_MS });
    expect([drained.status, drained.body.drain]).toEqual([
      202,
      expect.objectContaining({ node: "node-1", overMs: OVER_MS, by: "node", clients: CUSTOMERS / 2 }),
    ]);
    expect((await operate(admin, "POST /nodes/node-1/drain", { overMs: 1 })).body.drain.overMs).toBe(OVER_MS);
    await expect.poll(ids, LONG).toEqual(["node-2"]);
    await expect.poll(() => bellwire.on("node-2"), LONG).toBe(CUSTOMERS);

    const left = bellwire.departures;
    expect(left.map(({ code }) => code)).toEqual(Array.from({ length: CUSTOMERS / 2 }, () => 3001));
    const times = left.map(({ at }) => at).sort((one, other) => one - other);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(OVER_MS * 0.7);
    expect(await bellwire.metric("bellwire_balancer_answers_total")).toBe(0);
    expect((await operate(admin, "POST /nodes/node-1/drain")).body).toEqual({ state: "gone" });
    expect(cluster.nodes[0]?.running).toBe(true);
    for (const customer of bellwire.customers) customer.expectUnbroken();

    // Released, it takes part again.
    expect((await operate(admin, "PUT /nodes/node-1", { state: "up" })).status).toBe(202);
    await expect.poll(ids, LONG).toEqual(["node-1", "node-2"]);
    for (const { client } of bellwire.customers) client.disconnect();
    await expect.poll(() => bellwire.metric("bellwire_balancer_node_active"), LONG).toBe(0);
  });
});
