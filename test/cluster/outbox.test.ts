import { findNative, startNativeRabbit, startNativeRedis } from "@bellwire/backends";
import { describe, expect, inject, it } from "vitest";
import { FaultPath } from "../network/fault-path.ts";
import { Cluster } from "./cluster.ts";
import { Customer } from "./customer.ts";
import { metricOf, step } from "./orders-api.ts";

const LONG = { timeout: 60_000, interval: 100 };
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const STATUSES = ["placed", "approved", "shipped", "delivered"] as const;
const MAX_OUTBOX = 30;
const native = await findNative();

const readyOf = async ({ producerUrl }: Cluster) => {
  const answer = await fetch(`${producerUrl}/ready`);
  const { outbox, broker } = (await answer.json()) as { readonly outbox: number; readonly broker: string };
  return { status: answer.status, outbox, broker };
};

/** Places orders until one is refused; answers how many were taken. */
async function fill(cluster: Cluster, customerId: string): Promise<number> {
  for (let taken = 0; taken <= MAX_OUTBOX * 10; taken += 1) {
    const orderId = `${customerId}-${taken}`;
    const { status, retryAfter } = await step(cluster, { customerId, orderId, status: "placed", key: orderId });
    if (status === 201) continue;
    expect([status, retryAfter]).toEqual([503, expect.any(Number)]);
    return taken;
  }
  throw new Error("the outbox has no bound");
}

describe.each(inject("backends"))("on $name", (backend) => {
  it("RabbitMQ is away: the outbox fills to its bound and says so, orders are refused, and all that was taken arrives", async () => {
    await using path = await FaultPath.to(backend.amqpUrl);
    const env = { BELLWIRE_AMQP_URL: path.of(backend.amqpUrl), BELLWIRE_MAX_OUTBOX: String(MAX_OUTBOX) };
    await using cluster = await Cluster.start(backend, { nodes: 2, producer: true, env });
    const ada = await new Customer(cluster, "ada").live();
    await path.cut();
    const taken = await fill(cluster, "ada");
    expect(taken).toBeGreaterThanOrEqual(MAX_OUTBOX);
    expect(await readyOf(cluster)).toEqual({ status: 503, outbox: MAX_OUTBOX, broker: "down" });
    expect(await metricOf(cluster, "bellwire_producer_outbox_entries")).toBe(MAX_OUTBOX);
    await path.mend();
    await expect.poll(() => readyOf(cluster), LONG).toEqual({ status: 200, outbox: 0, broker: "up" });
    await expect.poll(() => ada.seen.length, LONG).toBe(taken);
    ada.expectUnbroken();
    expect(ada.connects).toBe(1);
  }, 120_000);

  it("the producer is killed again and again between an order's change and its confirm: nothing is lost or doubled", async () => {
    await using path = await FaultPath.to(backend.amqpUrl);
    await using cluster = await Cluster.start(backend, {
      nodes: 2,
      producer: true,
      env: { BELLWIRE_AMQP_URL: path.of(backend.amqpUrl) },
    });
    // Confirms come late, so that a kill finds events on their way.
    path.weather({ delayMs: 40 }, "down");
    const customers = await Promise.all(range(1, 10).map((number) => new Customer(cluster, `c${number}`).live()));
    const persist = async (order: Parameters<typeof step>[1]) => {
      await expect.poll(async () => (await step(cluster, order)).status, LONG).toBeOneOf([200, 201]);
    };
    const stories = customers.map(async ({ id: customerId }) => {
      for (const status of STATUSES)
        await persist({ customerId, orderId: `order-of-${customerId}`, status, key: `${customerId} ${status}` });
    });
    for (const afterMs of [5, 60, 150]) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await cluster.producer?.signal("SIGKILL");
      await cluster.restartProducer();
    }
    await Promise.all(stories);
    for (const customer of customers) {
      await expect.poll(() => customer.statuses, LONG).toEqual(STATUSES);
      expect(customer.versions).toEqual([1, 2, 3, 4]);
      customer.expectUnbroken();
    }
  }, 120_000);
});

describe.skipIf(native.redis === undefined || native.rabbit === undefined)("RabbitMQ's memory alarm", () => {
  it("stops publishers at a bound that they show, disconnects no client, and lets everything through afterwards", async () => {
    await using redis = await startNativeRedis();
    await using rabbit = await startNativeRabbit();
    await using cluster = await Cluster.start(
      { name: "own", redisUrl: redis.url, amqpUrl: rabbit.url },
      { nodes: 2, producer: true, env: { BELLWIRE_MAX_OUTBOX: String(MAX_OUTBOX) } },
    );
    const ada = await new Customer(cluster, "ada").live();
    await rabbit.ctl("set_vm_memory_high_watermark", "0.000001");
    const taken = await fill(cluster, "ada");
    expect(await readyOf(cluster)).toMatchObject({ status: 503, outbox: MAX_OUTBOX });
    await expect.poll(() => readyOf(cluster), LONG).toMatchObject({ broker: "blocked" });
    await rabbit.ctl("set_vm_memory_high_watermark", "0.6");
    await expect.poll(() => readyOf(cluster), LONG).toEqual({ status: 200, outbox: 0, broker: "up" });
    await expect.poll(() => ada.seen.length, LONG).toBe(taken);
    ada.expectUnbroken();
    expect(ada.connects).toBe(1);
    await cluster.offersNodes(2);
  }, 180_000);
});
