import { describe, it } from "vitest";
import { Bellwire } from "./bellwire.ts";
import { operate } from "./operator.ts";

const CUSTOMERS = 120;
const PER_SECOND = 20;
const LONG = { timeout: 40_000, interval: 100 };

describe("check 13: automatic rebalance with bellwire nodes (120 official SDK clients for two shared cores; 20 a second)", () => {
  it("a node joins: the full one sheds its excess at the pace until both are within a tenth, and no open fails", {
    timeout: 120_000,
  }, async ({ expect }) => {
    await using bellwire = await Bellwire.start(1, {
      BELLWIRE_BALANCER_REBALANCE: "on",
      BELLWIRE_BALANCER_REBALANCE_PER_SECOND: String(PER_SECOND),
      BELLWIRE_BALANCER_SLOW_START_MS: "1000",
    });
    const { cluster } = bellwire;
    await bellwire.live(CUSTOMERS);
    expect(bellwire.on("node-1")).toBe(CUSTOMERS);

    await cluster.startNode("node-2");
    const admin = cluster.balancer.opsPort;
    await expect.poll(async () => (await operate(admin, "GET /rebalance")).body.state, LONG).toBe("balanced");
    const share = CUSTOMERS / 2;
    await expect.poll(() => bellwire.on("node-1") + bellwire.on("node-2"), LONG).toBe(CUSTOMERS);
    expect(Math.abs(bellwire.on("node-2") - share)).toBeLessThanOrEqual(share * 0.1);

    const left = bellwire.departures;
    expect(new Set(left.map(({ code }) => code))).toEqual(new Set([3011]));
    expect(left.length).toBeLessThanOrEqual(share * 1.1);
    const tookMs = Math.max(...left.map(({ at }) => at)) - Math.min(...left.map(({ at }) => at));
    expect(tookMs).toBeGreaterThan((left.length / PER_SECOND) * 1_000 * 0.7);
    expect(await bellwire.metric("bellwire_balancer_answers_total")).toBe(0);
    expect(await bellwire.metric("bellwire_balancer_attempts_failed_total")).toBe(0);
    expect(await bellwire.metric("bellwire_balancer_aborted_total")).toBe(0);
    expect(await bellwire.metric("bellwire_balancer_open_seconds_count")).toBe(CUSTOMERS + left.length);

    for (const customer of bellwire.customers) customer.expectUnbroken();
    for (const { client } of bellwire.customers) client.disconnect();
    await expect.poll(() => bellwire.metric("bellwire_balancer_node_active"), LONG).toBe(0);
  });
});
