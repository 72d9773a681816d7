import { createLog } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { readProducerConfig } from "./config.ts";
import { startProducer } from "./producer.ts";
import { createMemoryOrderStore } from "./store/memory-order-store.ts";

const { log } = createLog("test", "silent");

async function start(env: Record<string, string>, failures = 0) {
  const published: string[] = [];
  let left = failures;
  const sink = {
    publish: async ({ body }: { body: string }) => {
      if (left-- > 0) throw new Error("no broker");
      published.push(JSON.parse(body).id);
    },
    state: () => "up",
  };
  const config = readProducerConfig({ BELLWIRE_PRODUCER_PORT: "0", ...env });
  const store = createMemoryOrderStore(config.limits);
  const producer = await startProducer(config, { log, store, sink, processMetrics: false });
  const base = `http://127.0.0.1:${producer.port}`;
  return {
    store,
    published,
    get: (path: string) => fetch(base + path),
    order: (orderId: string) =>
      fetch(`${base}/orders`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ customerId: "ana", orderId }),
      }),
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

describe("a producer", () => {
  it("publishes what was ordered, and goes on after the broker was away", async () => {
    await using shop = await start({}, 3);
    expect((await shop.order("o-1")).status).toBe(201);
    expect((await shop.order("o-2")).status).toBe(201);
    await expect.poll(() => new Set(shop.published), { timeout: 5_000 }).toEqual(new Set(["o-1.1", "o-2.1"]));
    await expect.poll(() => shop.store.outbox.length()).toBe(0);
    const metrics = await (await shop.get("/metrics")).text();
    expect(metrics).toMatch(/bellwire_producer_events_published_total 2/);
    expect(metrics).toMatch(/bellwire_producer_steps_total\{outcome="applied"\} 2/);
  });

  it("stays ready while the broker is away, until the outbox is full", async () => {
    await using shop = await start({ BELLWIRE_MAX_OUTBOX: "1" }, Number.POSITIVE_INFINITY);
    expect(await (await shop.get("/ready")).json()).toEqual({ ready: true, outbox: 0, maxOutbox: 1, broker: "up" });
    await shop.order("o-1");
    expect((await shop.order("o-2")).status).toBe(503);
    const ready = await shop.get("/ready");
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, outbox: 1, maxOutbox: 1, broker: "up" }]);
  });

  it("keeps a simulated shop busy where that is asked for", async () => {
    await using shop = await start({ BELLWIRE_SIMULATE: "5" });
    await expect.poll(() => shop.published.length).toBeGreaterThanOrEqual(10);
    expect(await (await shop.get("/customers?limit=3")).json()).toMatchObject({ customers: [{}, {}, {}] });
  });

  it("names a bad setting", () => {
    expect(() => readProducerConfig({ BELLWIRE_SIMULATE: "many", BELLWIRE_PREFIX: "A B" })).toThrow(
      /BELLWIRE_PREFIX: .*BELLWIRE_SIMULATE/,
    );
  });
});
