import { type Append, Publisher, type Streams, silent } from "@bellwire/hub";
import { createMemoryCluster } from "@bellwire/memory";
import { ChannelName } from "@bellwire/protocol";
import { describe, expect, it } from "vitest";
import { parseSettings } from "../settings/settings.ts";
import { Backlog } from "./backlog.ts";
import { ingest } from "./ingest.ts";
import { Patience } from "./patience.ts";

const channel = ChannelName.parse("orders:user#ada");

/** A node's ingest over the memory ports; `failing` decides which appends the store answers with an error of their own. */
function createIngest(failing: (append: Append) => Error | undefined = () => undefined) {
  const cluster = createMemoryCluster();
  const streams: Streams = {
    ...{ join: cluster.streams.join, leave: cluster.streams.leave, read: cluster.streams.read },
    ...{
      tops: cluster.streams.tops,
      holders: cluster.streams.holders,
      clear: cluster.streams.clear,
      witness: () => undefined,
    },
    append: async (append) => {
      const error = failing(append);
      if (error !== undefined) throw error;
      return cluster.streams.append(append);
    },
  };
  const counts: string[] = [];
  const health = { well: true };
  const world = {
    publisher: new Publisher({ streams, bus: cluster.bus, observer: silent, liveNodes: () => [] }),
    namespaces: parseSettings({}).namespaces,
    patience: new Patience(() => 0),
    backlog: new Backlog({ look: async () => [0], isStuck: () => false, onStuck: () => undefined }),
    waited: () => undefined,
    tries: 3,
    isWell: () => health.well,
    counted: (outcome: string) => counts.push(outcome),
    outdated: ({ eventId }: Append) => counts.push(`outdated ${eventId}`),
  };
  const take = (body: string | object) =>
    ingest(world, {
      routingKey: "order.o-1",
      contentType: "application/cloudevents+json",
      headers: {},
      body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
      redelivered: false,
    });
  const kept = async () => (await streams.read(channel, { limit: 10 })).publications.length;
  return { cluster, counts, health, take, kept };
}

const event = {
  ...{ specversion: "1.0", id: "o-1.1", source: "s", type: "order.status", time: "2026-11-22T10:00:00Z" },
  data: { orderId: "o-1", customerId: "ada", status: "placed", version: 1, at: "2026-11-22T10:00:00Z" },
};

describe("an event", () => {
  it("that cannot be understood is dead at the first try", async () => {
    const { take, counts } = createIngest();
    expect(await take("{")).toEqual({ kind: "dead", reason: expect.stringMatching(/JSON/), tries: 1 });
    expect(counts).toEqual(["dead"]);
  });

  it.each([new TypeError("no such thing"), new Error("WRONGTYPE"), new RangeError("too far")])(
    "whose handling fails with %s is tried so often, and then dead with the reason",
    async (error) => {
      const { take, counts } = createIngest(() => error);
      expect(await take(event)).toEqual({ kind: "dead", reason: `handling failed: ${error}`, tries: 3 });
      expect(counts).toEqual(["failed", "failed", "dead"]);
    },
  );

  it("that is older than what its order has come to is dropped, and told of", async () => {
    const { take, counts, kept } = createIngest();
    await take(event);
    await take({ ...event, id: "o-1.1 again" });
    expect(counts).toEqual(["published", "outdated o-1.1 again", "published"]);
    expect(await kept()).toBe(1);
  });

  it("whose handling fails and then works is done", async () => {
    let failures = 2;
    const { take, kept } = createIngest(() => (failures-- > 0 ? new Error("once more") : undefined));
    expect(await take(event)).toEqual({ kind: "done" });
    expect(await kept()).toBe(1);
  });

  it("waits while the store is away, and no try is counted", async () => {
    const { cluster, take, counts, kept } = createIngest();
    cluster.fail(10);
    for (let time = 0; time < 10; time += 1) await expect(take(event)).rejects.toThrow("the memory store is away");
    expect(await take(event)).toEqual({ kind: "done" });
    expect(counts).toEqual([...Array.from({ length: 10 }, () => "retried"), "published"]);
    expect(await kept()).toBe(1);
  });

  it("waits too while the node knows that store or bus are not well, whatever the error says", async () => {
    const { take, counts, health } = createIngest(() => new Error("who knows"));
    health.well = false;
    await expect(take(event)).rejects.toThrow("who knows");
    expect(counts).toEqual(["retried"]);
  });
});
