import type { EventFeed } from "@bellwire/hub";
import { connectEventFeed, connectEventSink } from "@bellwire/rabbitmq";
import { describe, expect, inject, it } from "vitest";
import { freshCluster, log } from "./rabbitmq-cluster.ts";

const DONE = { kind: "done" } as const;

describe.each(inject("backends"))("a partition on RabbitMQ $name", ({ amqpUrl }) => {
  it("goes on after its queues were deleted under it", async () => {
    await using cluster = await freshCluster(amqpUrl);
    await using feed = await connectEventFeed(cluster.options(amqpUrl));
    await using sink = await connectEventSink(cluster.options(amqpUrl));
    const bodies: string[] = [];
    const consumption = await feed.consume({
      node: "a",
      roster: () => ["a"],
      handle: async ({ body }) => {
        bodies.push(new TextDecoder().decode(body));
        return DONE;
      },
    });
    await sink.publish({ routingKey: "order.1", body: "1" });
    await expect.poll(() => bodies).toEqual(["1"]);
    const channel = await cluster.model.createChannel();
    for (let index = 0; index < 4; index += 1) await channel.deleteQueue(cluster.names.partition(index));
    await expect
      .poll(() => sink.publish({ routingKey: "order.1", body: "2" }).then(() => "kept", String), { timeout: 10_000 })
      .toBe("kept");
    await expect.poll(() => bodies, { timeout: 10_000 }).toEqual(["1", "2"]);
    await consumption.stop();
  });

  it("leaves an event that is done while its channel closes to who has the partition next", async () => {
    await using cluster = await freshCluster(amqpUrl);
    const work = Promise.withResolvers<typeof DONE>();
    const endsWhileClosing = {
      ...log,
      warn: (_fields: Readonly<Record<string, unknown>>, message: string) => {
        if (message.startsWith("partition given up")) setImmediate(() => work.resolve(DONE));
      },
    };
    const options = { ...cluster.options(amqpUrl), log: endsWhileClosing, handover: { settleMs: 50 } };
    await using first = await connectEventFeed(options);
    await using second = await connectEventFeed(cluster.options(amqpUrl));
    await using sink = await connectEventSink(cluster.options(amqpUrl));
    const began = Promise.withResolvers<void>();
    const consumption = await first.consume({
      node: "a",
      roster: () => ["a"],
      handle: () => {
        began.resolve();
        return work.promise;
      },
    });
    await sink.publish({ routingKey: "order.1", body: "1" });
    await began.promise;
    await consumption.stop();
    const again: string[] = [];
    await second.consume({
      node: "b",
      roster: () => ["b"],
      handle: async ({ body }) => {
        again.push(new TextDecoder().decode(body));
        return DONE;
      },
    });
    await expect.poll(() => again).toEqual(["1"]);
  });

  it("goes on after its queues were deleted while events were being done", async () => {
    await using cluster = await freshCluster(amqpUrl);
    await using feed = await connectEventFeed(cluster.options(amqpUrl));
    await using sink = await connectEventSink(cluster.options(amqpUrl));
    const bodies: string[] = [];
    let turns = 0;
    const consumption = await feed.consume({
      node: "a",
      roster: () => ["a"],
      handle: async ({ body }) => {
        bodies.push(new TextDecoder().decode(body));
        turns += 1;
        for (let turn = turns; turn > 0; turn -= 1) await new Promise(setImmediate);
        return DONE;
      },
    });
    const burst = Array.from({ length: 600 }, (_, index) =>
      sink.publish({ routingKey: `order.${index}`, body: "early" }),
    );
    await Promise.all(burst);
    const channel = await cluster.model.createChannel();
    for (let index = 0; index < 4; index += 1) await channel.deleteQueue(cluster.names.partition(index));
    await expect
      .poll(() => sink.publish({ routingKey: "order.1", body: "late" }).then(() => "kept", String), {
        timeout: 10_000,
      })
      .toBe("kept");
    await expect.poll(() => bodies, { timeout: 10_000 }).toContain("late");
    await consumption.stop();
  });

  it("lets a newcomer take over its partitions from a standby that stood in", async () => {
    await using cluster = await freshCluster(amqpUrl);
    const handover = { standbyDelayMs: 50, standInMs: 200, stepBackEveryMs: 300 };
    await using first = await connectEventFeed({ ...cluster.options(amqpUrl), handover });
    await using second = await connectEventFeed({ ...cluster.options(amqpUrl), handover });
    await using sink = await connectEventSink(cluster.options(amqpUrl));
    const by: string[] = [];
    const newest = new Map<string, number>();
    const holes: string[] = [];
    const consume = (feed: EventFeed, node: string) =>
      feed.consume({
        node,
        roster: () => ["a", "b"],
        handle: async ({ routingKey, body }) => {
          by.push(node);
          const n = Number(new TextDecoder().decode(body));
          const last = newest.get(routingKey) ?? -1;
          if (n > last + 1) holes.push(`${routingKey}: ${n} after ${last}`);
          newest.set(routingKey, Math.max(last, n));
          return DONE;
        },
      });
    await consume(first, "a"); // alone: stands in for b as its standby
    const publishing = new AbortController();
    const publishAll = async () => {
      for (let n = 0; !publishing.signal.aborted && n < 2_000; n += 1)
        await Promise.all(
          [0, 1, 2, 3, 4, 5, 6, 7].map((key) => sink.publish({ routingKey: `order.${key}`, body: String(n) })),
        );
    };
    const done = publishAll();
    await expect.poll(() => by.length, { timeout: 10_000 }).toBeGreaterThan(100);
    await consume(second, "b");
    await expect.poll(() => by.filter((node) => node === "b").length, { timeout: 15_000 }).toBeGreaterThan(100);
    publishing.abort();
    await done;
    expect(holes).toEqual([]);
  });
});
