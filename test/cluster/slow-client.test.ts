import { describe, expect, inject, it } from "vitest";
import { FaultPath } from "../network/fault-path.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { Shop } from "./shop.ts";

const LONG = { timeout: 60_000, interval: 100 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const PROMOS = 150;
const PROMO_BYTES = 60_000;

describe.each(inject("backends"))("on $name", (backend) => {
  it("a client that reads slowly is spared promotions, which it sees and recovers from, and misses no order; others notice nothing", async () => {
    await using cluster = await Cluster.start(backend, { nodes: 1 });
    await using shop = await Shop.open(cluster);
    const [node] = cluster.nodes;
    const url = `ws://127.0.0.1:${node?.port}/connection/websocket`;
    await using path = await FaultPath.to(url);
    const behind = { client: (user: string) => cluster.client(user, path.of(url), { maxServerPingDelay: 60_000 }) };
    const slow = await new Customer(behind, "slow").live();
    const promos = slow.client.newSubscription("promo:all");
    const told: boolean[] = [];
    const states: number[] = [];
    promos.on("subscribing", ({ code }) => states.push(code));
    promos.on("subscribed", ({ wasRecovering, recovered }) => void (wasRecovering && told.push(recovered)));
    promos.subscribe();
    await promos.ready(20_000);
    const fast = await new Customer(cluster, "fast", "promo:all").live();

    path.weather({ bytesPerSecond: 100_000 }, "down");
    for (const version of range(1, PROMOS)) {
      const data = { version, note: "x".repeat(PROMO_BYTES) };
      expect((await cluster.api("publish", { channel: "promo:all", data })).error).toBeUndefined();
      if (version % 10 === 0) await shop.order("slow", "order-of-slow", { status: "approved", version: version / 10 });
    }
    await expect.poll(() => fast.seen.length, LONG).toBe(PROMOS);
    await expect.poll(() => skipped(node?.opsPort ?? 0), LONG).toMatchObject({ promo: expect.any(Number) });

    await path.mend();
    await expect.poll(() => slow.versions, LONG).toEqual(range(1, PROMOS / 10));
    await expect.poll(() => told.length, LONG).toBeGreaterThan(0);
    slow.expectUnbroken();
    fast.expectUnbroken();
    expect(fast.connects).toBe(1);
    expect(Object.keys(await skipped(node?.opsPort ?? 0))).toEqual(["promo"]);
    // Told by 2500 on the living connection, or by a reconnect after 3008: in both cases it asks for what it missed.
    if (slow.connects === 1) expect(states).toContain(2500);
  }, 150_000);
});

/** Publications skipped, by namespace. */
async function skipped(opsPort: number): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  const found = text.matchAll(/^bellwire_deliveries_skipped_total\{namespace="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, namespace, count]) => [namespace, Number(count)]));
}
