import type { EventFeed } from "@bellwire/hub";
import { connectBus, connectEventFeed, connectEventSink } from "@bellwire/rabbitmq";
import { describe, expect, inject, it } from "vitest";
import { FaultPath } from "../network/fault-path.ts";
import { describeBusContract } from "./bus.contract.ts";
import { type DeadEvent, describeFeedContract } from "./feed.contract.ts";
import { freshCluster, log } from "./rabbitmq-cluster.ts";

const throughPath = (url: string, path: FaultPath): string =>
  Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(path.port) }).href;

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
  });
}
