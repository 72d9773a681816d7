import type { EventFeed, EventOutcome, EventSink, RawEvent } from "@bellwire/hub";
import { describe, expect, it } from "vitest";

/** What was set aside as not understandable. */
export interface DeadEvent {
  readonly routingKey: string;
  readonly reason: string;
  readonly tries: number;
  readonly body: string;
}

/** A feed and its sink under test, seen from several nodes. */
export interface TestFeed extends AsyncDisposable {
  /** A feed as one node's process has it; all of one TestFeed share the events. */
  join(): Promise<EventFeed>;
  sink(): Promise<EventSink>;
  /** What was set aside so far, oldest first. */
  dead(): Promise<readonly DeadEvent[]>;
  /** Ends a feed without goodbye, as kill -9 would; absent where a node cannot die alone. */
  readonly crash?: (feed: EventFeed) => Promise<void>;
}

const DONE: EventOutcome = { kind: "done" };
const text = (event: RawEvent): string => new TextDecoder().decode(event.body);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Publishes `perKey` numbered events to each of `keys` order keys, interleaved; resolves when all are accepted. */
async function publishNumbered(sink: EventSink, keys: number, perKey: number): Promise<void> {
  for (let n = 1; n <= perKey; n += 1)
    await Promise.all(
      Array.from({ length: keys }, (_, key) => sink.publish({ routingKey: `order.${key}`, body: String(n) })),
    );
}

/** The bodies by routing key, each as its list of first occurrences: what remains once repeats are dropped by id. */
class Ledger {
  readonly #lists = new Map<string, number[]>();
  total = 0;
  take(event: RawEvent): void {
    const list = this.#lists.get(event.routingKey) ?? [];
    this.#lists.set(event.routingKey, list);
    const n = Number(text(event));
    if (list.includes(n)) return;
    list.push(n);
    this.total += 1;
  }
  outOfOrder(): readonly string[] {
    return [...this.#lists]
      .filter(([, list]) => list.some((n, index) => n !== index + 1))
      .map(([key, list]) => `${key}: ${list.join(",")}`);
  }
}

/** What every EventFeed with its EventSink must do. `create` gives a fresh one that no other test shares. */
export function describeFeedContract(name: string, create: () => Promise<TestFeed>): void {
  describe(`event feed over ${name}`, () => {
    it("hands over an event as it was published", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const seen: RawEvent[] = [];
      const consumption = await feed.consume({
        node: "a",
        roster: () => ["a"],
        handle: async (event) => {
          seen.push(event);
          return DONE;
        },
      });
      await sink.publish({ routingKey: "order.1", body: '{"ü":1}', headers: { traceparent: "00-1-2-01" } });
      await expect.poll(() => seen).toHaveLength(1);
      expect(seen.map(text)).toEqual(['{"ü":1}']);
      expect(seen[0]).toMatchObject({
        routingKey: "order.1",
        contentType: "application/cloudevents+json",
        headers: { traceparent: "00-1-2-01" },
        redelivered: false,
      });
      await consumption.stop();
    });

    it("keeps the order of each key", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const ledger = new Ledger();
      const handle = async (event: RawEvent) => {
        await turn();
        ledger.take(event);
        return DONE;
      };
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      await publishNumbered(sink, 40, 25);
      await expect.poll(() => ledger.total, { timeout: 20_000 }).toBe(1_000);
      expect(ledger.outOfOrder()).toEqual([]);
      await consumption.stop();
    });

    it("holds events while nobody consumes", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      await publishNumbered(sink, 5, 4);
      const ledger = new Ledger();
      const handle = async (event: RawEvent) => {
        ledger.take(event);
        return DONE;
      };
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      await expect.poll(() => ledger.total, { timeout: 20_000 }).toBe(20);
      expect(ledger.outOfOrder()).toEqual([]);
      await consumption.stop();
    });

    it("tells how many events stand in the partitions that nobody has in hand", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const gate = Promise.withResolvers<void>();
      const handle = async () => {
        await gate.promise;
        return DONE;
      };
      await publishNumbered(sink, 1, 600);
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      const sum = async () => (await consumption.backlog()).reduce((all, one) => all + one, 0);
      await expect.poll(sum, { timeout: 10_000 }).toBeLessThan(600);
      expect(await sum()).toBeGreaterThan(300);
      gate.resolve();
      await expect.poll(sum, { timeout: 10_000 }).toBe(0);
      await consumption.stop();
    });

    it("says that it is stuck once all it may have in hand has waited for a while, and no longer", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const gate = Promise.withResolvers<EventOutcome>();
      let handed = 0;
      const handle = () => {
        handed += 1;
        return gate.promise;
      };
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      await publishNumbered(sink, 1, 2);
      await expect.poll(() => handed).toBe(1);
      expect(consumption.isStuck()).toBe(false);
      await publishNumbered(sink, 2_000, 1);
      await expect.poll(() => consumption.isStuck(), { timeout: 10_000 }).toBe(true);
      expect(handed).toBeLessThan(2_002);
      gate.resolve(DONE);
      await expect.poll(() => handed, { timeout: 10_000 }).toBe(2_002);
      expect(consumption.isStuck()).toBe(false);
      await consumption.stop();
    });

    it("hands an event over again after 'not now', before any later one of its key is settled", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const settled: number[] = [];
      let refusals = 3;
      const handle = async (event: RawEvent) => {
        await turn();
        const n = Number(text(event));
        if (n === 3 && refusals > 0) {
          refusals -= 1;
          throw new Error("not now");
        }
        settled.push(n);
        return DONE;
      };
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      await publishNumbered(sink, 1, 10);
      await expect.poll(() => settled, { timeout: 20_000 }).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(refusals).toBe(0);
      await consumption.stop();
    });

    it("sets a dead event aside with its reason, and the next ones flow", async () => {
      await using test = await create();
      const [feed, sink] = [await test.join(), await test.sink()];
      const settled: string[] = [];
      const handle = async (event: RawEvent): Promise<EventOutcome> => {
        if (text(event) === "2") return { kind: "dead", reason: "not a CloudEvent" };
        if (text(event) === "4") return { kind: "dead", reason: "it always fails", tries: 5 };
        settled.push(text(event));
        return DONE;
      };
      const consumption = await feed.consume({ node: "a", roster: () => ["a"], handle });
      await publishNumbered(sink, 1, 5);
      await expect.poll(() => settled, { timeout: 20_000 }).toEqual(["1", "3", "5"]);
      await expect
        .poll(() => test.dead(), { timeout: 20_000 })
        .toEqual([
          { routingKey: "order.0", reason: "not a CloudEvent", tries: 1, body: "2" },
          { routingKey: "order.0", reason: "it always fails", tries: 5, body: "4" },
        ]);
      await consumption.stop();
    });

    it("gives back what it has not finished when it stops, and takes nothing more", async () => {
      await using test = await create();
      const [first, second, sink] = [await test.join(), await test.join(), await test.sink()];
      const ledger = new Ledger();
      let firstCalls = 0;
      const stopping = await first.consume({
        node: "a",
        roster: () => ["a"],
        handle: async (event) => {
          firstCalls += 1;
          if (firstCalls > 10) throw new Error("not now");
          ledger.take(event);
          return DONE;
        },
      });
      await publishNumbered(sink, 10, 10);
      await expect.poll(() => firstCalls, { timeout: 20_000 }).toBeGreaterThan(10);
      await stopping.stop();
      const callsAtStop = firstCalls;
      const consumption = await second.consume({
        node: "b",
        roster: () => ["b"],
        handle: async (event) => {
          ledger.take(event);
          return DONE;
        },
      });
      await expect.poll(() => ledger.total, { timeout: 20_000 }).toBe(100);
      expect(ledger.outOfOrder()).toEqual([]);
      expect(firstCalls).toBe(callsAtStop);
      await consumption.stop();
    });

    it("loses and reorders nothing while nodes join and leave", async () => {
      await using test = await create();
      const sink = await test.sink();
      let roster: readonly string[] = ["a"];
      const ledger = new Ledger();
      const by = new Map<string, number>();
      const milestones = new Map<number, () => void>();
      const reached = (total: number) => new Promise<void>((resolve) => milestones.set(total, resolve));
      const join = async (node: string) => {
        const feed = await test.join();
        return feed.consume({
          node,
          roster: () => roster,
          handle: async (event) => {
            await turn();
            ledger.take(event);
            by.set(node, (by.get(node) ?? 0) + 1);
            for (const [total, go] of milestones) if (ledger.total >= total) go();
            return DONE;
          },
        });
      };
      const a = await join("a");
      const [some, more] = [reached(500), reached(2_000)];
      const publishing = publishNumbered(sink, 50, 120);
      await some;
      roster = ["a", "b", "c"];
      const [b, c] = [await join("b"), await join("c")];
      a.rebalance();
      await more;
      roster = ["b", "c"];
      await a.stop();
      for (const consumption of [b, c]) consumption.rebalance();
      await publishing;
      await expect.poll(() => ledger.total, { timeout: 40_000 }).toBe(6_000);
      expect(ledger.outOfOrder()).toEqual([]);
      expect([...by.keys()].sort()).toEqual(["a", "b", "c"]);
      await Promise.all([b.stop(), c.stop()]);
    });

    it("redelivers in order what a crashed node had in hand", async ({ skip }) => {
      await using test = await create();
      const { crash } = test;
      if (crash === undefined) return skip("a node of this feed cannot die alone");
      const [first, second, sink] = [await test.join(), await test.join(), await test.sink()];
      let inHand = 0;
      await first.consume({
        node: "a",
        roster: () => ["a"],
        handle: () => {
          inHand += 1;
          return new Promise<EventOutcome>(() => undefined);
        },
      });
      await publishNumbered(sink, 20, 30);
      await expect.poll(() => inHand, { timeout: 20_000 }).toBeGreaterThan(10);
      await crash(first);
      const ledger = new Ledger();
      let redelivered = 0;
      const consumption = await second.consume({
        node: "b",
        roster: () => ["b"],
        handle: async (event) => {
          await turn();
          if (event.redelivered) redelivered += 1;
          ledger.take(event);
          return DONE;
        },
      });
      await expect.poll(() => ledger.total, { timeout: 30_000 }).toBe(600);
      expect(ledger.outOfOrder()).toEqual([]);
      expect(redelivered).toBeGreaterThanOrEqual(inHand);
      await consumption.stop();
    });
  });
}
