import { randomBytes } from "node:crypto";
import type { EventFeed } from "@bellwire/hub";
import { type AmqpOptions, amqpNames, connectBus, connectEventFeed, connectEventSink } from "@bellwire/rabbitmq";
import { connect } from "amqplib";
import { describe, expect, inject, it } from "vitest";
import { FaultPath } from "../network/fault-path.ts";
import { describeBusContract } from "./bus.contract.ts";
import { type DeadEvent, describeFeedContract } from "./feed.contract.ts";

const log = {
  info: () => undefined,
  warn: (fields: Readonly<Record<string, unknown>>, message: string) => {
    if (process.env.BELLWIRE_TEST_LOG) console.log(message, fields);
  },
  error: (fields: Readonly<Record<string, unknown>>, message: string) => console.log(message, fields),
};

const DONE = { kind: "done" } as const;
const throughPath = (url: string, path: FaultPath): string =>
  Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(path.port) }).href;

/** A cluster of its own on a broker; everything of it is deleted in the end. */
async function freshCluster(amqpUrl: string) {
  const prefix = `test-${randomBytes(4).toString("hex")}`;
  const names = amqpNames(prefix);
  const stack = new AsyncDisposableStack();
  const model = await connect(amqpUrl);
  stack.defer(() => model.close());
  const topology = { partitions: 4 };
  stack.defer(async () => {
    const channel = await model.createChannel();
    for (let index = 0; index < topology.partitions; index += 1) await channel.deleteQueue(names.partition(index));
    await channel.deleteQueue(names.dead);
    for (const exchange of [names.events, names.ingest, names.broadcast, names.direct, names.dead])
      await channel.deleteExchange(exchange);
  });
  const options = (url: string): AmqpOptions & { topology: { partitions: number } } => ({
    urls: [url],
    prefix,
    log,
    topology,
    startTimeoutMs: 15_000,
  });
  return { names, model, stack, options, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const { name, amqpUrl } of inject("backends")) {
  describeBusContract(`RabbitMQ ${name}`, async () => {
    const { stack, options } = await freshCluster(amqpUrl);
    const path = stack.use(await FaultPath.to(amqpUrl));
    return {
      join: async () => stack.use(await connectBus(options(throughPath(amqpUrl, path)))),
      outage: { begin: () => path.cut(), end: () => path.mend() },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  });

  describeFeedContract(`RabbitMQ ${name}`, async () => {
    const { stack, options, model, names } = await freshCluster(amqpUrl);
    const paths = new Map<EventFeed, FaultPath>();
    const dead: DeadEvent[] = [];
    let consuming = false;
    return {
      join: async () => {
        const path = stack.use(await FaultPath.to(amqpUrl));
        const feed = stack.use(await connectEventFeed(options(throughPath(amqpUrl, path))));
        paths.set(feed, path);
        return feed;
      },
      sink: async () => stack.use(await connectEventSink(options(amqpUrl))),
      dead: async () => {
        if (!consuming) {
          consuming = true;
          const channel = await model.createChannel();
          await channel.consume(names.dead, (message) => {
            if (message === null) return;
            const headers = message.properties.headers ?? {};
            dead.push({
              routingKey: String(headers["x-bellwire-routing-key"]),
              reason: String(headers["x-bellwire-reason"]),
              tries: Number(headers["x-bellwire-tries"]),
              body: message.content.toString(),
            });
            channel.ack(message);
          });
        }
        return dead;
      },
      crash: async (feed) => await paths.get(feed)?.cut(),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  });

  describe(`RabbitMQ ${name}`, () => {
    it("spreads routing keys evenly over the partitions", async () => {
      await using cluster = await freshCluster(amqpUrl);
      await using sink = await connectEventSink(cluster.options(amqpUrl));
      const keys = Array.from({ length: 2_000 }, (_, index) => `order.${index}`);
      await Promise.all(keys.map((routingKey) => sink.publish({ routingKey, body: "{}" })));
      const channel = await cluster.model.createChannel();
      const counts: number[] = [];
      for (let index = 0; index < 4; index += 1)
        counts.push((await channel.checkQueue(cluster.names.partition(index))).messageCount);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2_000);
      expect(Math.min(...counts)).toBeGreaterThan(400);
      expect(Math.max(...counts)).toBeLessThan(600);
    });

    it("refuses to start with fewer partitions than the broker has", async () => {
      await using cluster = await freshCluster(amqpUrl);
      await using _sink = await connectEventSink(cluster.options(amqpUrl));
      const fewer = { ...cluster.options(amqpUrl), topology: { partitions: 3 } };
      await expect(connectEventFeed(fewer)).rejects.toThrow(/only 3 partitions are configured/);
    });

    it("refuses a topology that the broker has with other arguments", async () => {
      await using cluster = await freshCluster(amqpUrl);
      await using _sink = await connectEventSink(cluster.options(amqpUrl));
      const other = { ...cluster.options(amqpUrl), topology: { partitions: 4, ingestMaxLength: 5 } };
      await expect(connectEventSink(other)).rejects.toThrow(/with other arguments/);
    });

    it("says where it could not connect, without the password", async () => {
      await using path = await FaultPath.to(amqpUrl);
      await path.cut();
      const url = `amqp://user:hush@127.0.0.1:${path.port}`;
      const failing = connectEventSink({ urls: [url], log, startTimeoutMs: 300 });
      await expect(failing).rejects.toThrow(`no connection to amqp://127.0.0.1:${path.port} within 300 ms`);
      await expect(failing).rejects.not.toThrow(/hush/);
    });

    it("rejects an event that no queue would keep", async () => {
      await using cluster = await freshCluster(amqpUrl);
      await using sink = await connectEventSink(cluster.options(amqpUrl));
      const channel = await cluster.model.createChannel();
      await channel.unbindExchange(cluster.names.ingest, cluster.names.events, "#");
      await expect(sink.publish({ routingKey: "order.1", body: "{}" })).rejects.toThrow(/no queue for/);
      await channel.bindExchange(cluster.names.ingest, cluster.names.events, "#");
      await sink.publish({ routingKey: "order.1", body: "{}" });
    });

    it("refuses what a full partition cannot hold, and takes it again afterwards", async () => {
      await using cluster = await freshCluster(amqpUrl);
      const topology = { partitions: 1, ingestMaxLength: 5 };
      await using sink = await connectEventSink({ ...cluster.options(amqpUrl), topology });
      const publish = () => sink.publish({ routingKey: "order.1", body: "{}" }).then(() => "kept", String);
      const outcomes: string[] = [];
      for (let n = 0; n < 12; n += 1) outcomes.push(await publish());
      expect(outcomes).toContain("RefusedError: the broker refused the message");
      await (await cluster.model.createChannel()).purgeQueue(cluster.names.partition(0));
      await expect.poll(publish).toBe("kept");
    });

    it("sends on after its channel died alone", async () => {
      await using cluster = await freshCluster(amqpUrl);
      await using bus = await connectBus(cluster.options(amqpUrl));
      const nonces: number[] = [];
      let gaps = 0;
      await bus.listen("a", {
        onMessage: (message) => {
          if (message.kind === "probe") nonces.push(message.nonce);
        },
        onGap: () => {
          gaps += 1;
        },
      });
      const send = (nonce: number, target: "all" | readonly string[]) =>
        bus.send({ kind: "probe", node: "a", nonce }, target).then(() => "sent", String);
      const channel = await cluster.model.createChannel();
      await channel.deleteExchange(cluster.names.direct);
      expect(await send(1, ["a"])).toMatch(/^DisconnectedError/); // publishing to no exchange costs the channel
      await channel.assertExchange(cluster.names.direct, "direct", { durable: true });
      await expect.poll(() => send(2, "all")).toBe("sent");
      await expect.poll(() => nonces).toContain(2);
      expect(nonces).not.toContain(1);
      expect(gaps).toBe(0);
    });

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

    it("says that it is stuck while all it may have in hand waits, and no longer", async () => {
      await using cluster = await freshCluster(amqpUrl);
      const options = { ...cluster.options(amqpUrl), topology: { partitions: 1 }, prefetch: 4 };
      await using sink = await connectEventSink(options);
      await using feed = await connectEventFeed(options);
      const open = Promise.withResolvers<typeof DONE>();
      let handed = 0;
      const consumption = await feed.consume({
        node: "a",
        roster: () => ["a"],
        handle: () => {
          handed += 1;
          return open.promise;
        },
      });
      const publish = (key: number) => sink.publish({ routingKey: `order.${key}`, body: "{}" });
      for (let key = 0; key < 3; key += 1) await publish(key);
      await expect.poll(() => handed).toBe(3);
      for (let key = 3; key < 6; key += 1) await publish(key);
      await expect.poll(() => consumption.isStuck(), { timeout: 10_000 }).toBe(true);
      expect(handed).toBe(4);
      open.resolve(DONE);
      await expect.poll(() => handed).toBe(6);
      expect(consumption.isStuck()).toBe(false);
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
}
