import { describe, expect, it } from "vitest";
import type { Observer } from "../observing/observer.ts";
import { silent } from "../testing/observer.ts";
import { record } from "../testing/records.ts";
import { believing } from "../testing/rules.ts";
import { parseNodeList } from "./node-list.ts";
import { Pool, type PoolRules } from "./pool.ts";

function stage(list: string, rules: Partial<PoolRules> = {}, observer: Partial<Observer> = {}) {
  const time = { now: 1_000 };
  const nodes = parseNodeList(list);
  if (typeof nodes === "string") throw new Error(nodes);
  const pool = new Pool({
    strategy: "weighted-round-robin",
    rules: { ...believing, ...rules },
    nodes,
    observer: { ...silent, ...observer },
    clock: () => time.now,
    random: () => 0.5,
  });
  const node = (id: string) => {
    const found = pool.backends.find((backend) => backend.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  const states = () => [...pool.backends].map(({ state }) => state);
  /** Of so many clients, how many a node gets. */
  const given = (id: string, clients: number) =>
    Array.from({ length: clients }, () => pool.lease("k", none)?.backend.id).filter((each) => each === id).length;
  return { pool, time, node, states, given };
}
const none = new Set<never>();
const fail = (pool: Pool, backend: Parameters<Pool["failed"]>[0], times: number) => {
  for (let round = 0; round < times; round++) pool.failed(backend, "upgrades failed: closed");
};

describe("slow start", () => {
  it("gives a recovered node a share that grows evenly up to all of it", () => {
    const { pool, time, node, given } = stage("a:1,b:1");
    pool.note(node("a:1"), "refused", "refused");
    time.now += 100;
    pool.note(node("a:1"), "pass", "check");
    expect(given("a:1", 110)).toBe(10);
    time.now += 5_000;
    expect(given("a:1", 150)).toBe(50);
    time.now += 5_000;
    expect(given("a:1", 100)).toBe(50);
  });

  it("is for nodes that join later, not for those that were there first", () => {
    const { pool, node } = stage("a:1");
    pool.roster.apply([record("b")]);
    pool.roster.apply([record("b"), record("c")]);
    expect(["a:1", "b", "c"].map((id) => node(id).warmth)).toEqual([100, 100, 10]);
  });

  it("is for a static node too that an operator adds", () => {
    const { pool, node } = stage("a:1");
    pool.orders.add({ address: { host: "b", port: 1 }, weight: 1 }, "added");
    expect(node("b:1").warmth).toBe(10);
  });

  it("begins anew when a registered node was restarted, although no check has seen it away", () => {
    const { pool, node } = stage("a:1");
    pool.roster.apply([record("b", { startedAt: 1 })]);
    pool.roster.apply([record("b", { startedAt: 2 })]);
    expect(node("b").warmth).toBe(10);
  });

  it("is not for a node that only was not ready, and can be turned off", () => {
    const { pool, node } = stage("a:1");
    pool.roster.apply([record("b")]);
    pool.roster.apply([record("b", { ready: false })]);
    pool.roster.apply([record("b")]);
    expect(node("b").warmth).toBe(100);
    const other = stage("a:1,b:1", { slowStartMs: 0 });
    other.pool.note(other.node("a:1"), "refused", "refused");
    other.time.now += 100;
    other.pool.note(other.node("a:1"), "pass", "check");
    expect(other.node("a:1").warmth).toBe(100);
  });
});

describe("ejection", () => {
  it("puts a node out after 5 failed upgrades in a row, and an answered one begins anew", () => {
    const { pool, node, states } = stage("a:1,b:1");
    fail(pool, node("a:1"), 4);
    pool.succeeded(node("a:1"));
    fail(pool, node("a:1"), 4);
    expect(states()).toEqual(["up", "up"]);
    fail(pool, node("a:1"), 1);
    expect(states()).toEqual(["ejected", "up"]);
    expect(pool.lease("k", none)?.backend.id).toBe("b:1");
  });

  it("ends by itself, comes back at a single failure, and lasts longer each time", () => {
    const { pool, time, node, states } = stage("a:1,b:1");
    const outFor = (): number => {
      const from = time.now;
      while (node("a:1").state === "ejected") {
        time.now += 100;
        pool.review();
      }
      return time.now - from;
    };
    fail(pool, node("a:1"), 5);
    const times = [outFor()];
    expect(node("a:1").warmth).toBe(10);
    for (let round = 0; round < 8; round++) {
      fail(pool, node("a:1"), 1);
      expect(states()[0]).toBe("ejected");
      times.push(outFor());
    }
    expect(times).toEqual([5_500, 11_000, 22_000, 44_000, 88_000, 176_000, 330_000, 330_000, 330_000]);
  });

  it("is forgiven after a long time of good behaviour", () => {
    const { pool, time, node } = stage("a:1,b:1");
    fail(pool, node("a:1"), 5);
    time.now += 6_000;
    pool.review();
    time.now += 300_000;
    pool.succeeded(node("a:1"));
    fail(pool, node("a:1"), 5);
    expect(node("a:1").ejection.until - time.now).toBe(5_500);
  });

  it("never leaves more than half of the nodes out, whatever the cause, and tells", () => {
    const refused: string[] = [];
    const { pool, node, states } = stage("a:1,b:1,c:1,d:1", {}, { ejectionRefused: (id) => void refused.push(id) });
    pool.note(node("a:1"), "refused", "refused");
    for (const id of ["b:1", "c:1", "d:1"]) fail(pool, node(id), 5);
    expect(states()).toEqual(["suspect", "ejected", "up", "up"]);
    expect(refused).toEqual(["c:1", "d:1"]);
    const alone = stage("a:1");
    fail(alone.pool, alone.node("a:1"), 50);
    expect(alone.states()).toEqual(["up"]);
  });
});

describe("a frozen node's tunnels", () => {
  const freeze = (pool: Pool, backend: Parameters<Pool["note"]>[0], event: "silence" | "fail") => {
    for (let round = 0; round < 3; round++) pool.note(backend, event, "check");
  };
  const hold = (pool: Pool, clients: number) => {
    for (let client = 0; client < clients; client++) pool.lease("k", none);
  };

  it("may be closed at the paced rate once checks stay without any answer", () => {
    const { pool, time, node } = stage("a:1,b:1");
    hold(pool, 20);
    freeze(pool, node("a:1"), "silence");
    time.now += 200;
    pool.review();
    time.now += 200;
    pool.review();
    expect(node("a:1").toShed).toBeCloseTo(20);
    expect(node("b:1").toShed).toBe(0);
    time.now += 60_000;
    pool.review();
    expect(node("a:1").toShed).toBe(50);
  });

  it("stay when the node answers that it is not well, or when no other node is up", () => {
    const { pool, time, node } = stage("a:1,b:1");
    hold(pool, 20);
    freeze(pool, node("a:1"), "fail");
    time.now += 1_000;
    pool.review();
    expect([node("a:1").state, node("a:1").toShed]).toEqual(["down", 0]);
    freeze(pool, node("a:1"), "silence");
    freeze(pool, node("b:1"), "silence");
    time.now += 1_000;
    pool.review();
    expect([node("a:1").toShed, node("b:1").toShed]).toEqual([0, 0]);
  });

  it("stay from the moment the node answers again", () => {
    const { pool, time, node } = stage("a:1,b:1");
    hold(pool, 20);
    freeze(pool, node("a:1"), "silence");
    time.now += 200;
    pool.review();
    expect(node("a:1").toShed).toBeGreaterThan(0);
    time.now += 50;
    pool.note(node("a:1"), "pass", "check");
    pool.review();
    expect([node("a:1").state, node("a:1").toShed]).toEqual(["down", 0]);
  });
});

describe("a choice", () => {
  it("is the node that is wanted, unless it cannot be chosen", () => {
    const { pool, node } = stage("a:1,b:1");
    for (let client = 0; client < 5; client++) expect(pool.lease("k", none, "b:1")?.backend.id).toBe("b:1");
    expect(pool.lease("k", none, "nowhere")).toBeDefined();
    expect(pool.lease("k", new Set([node("b:1")]), "b:1")?.backend.id).toBe("a:1");
    pool.note(node("b:1"), "refused", "refused");
    expect(pool.lease("k", none, "b:1")?.backend.id).toBe("a:1");
  });

  it("is never a node that carries all it may", () => {
    const { pool, node } = stage("a:1,b:1", { nodeConnections: 3 });
    const leases = Array.from({ length: 6 }, () => pool.lease("k", none, "a:1"));
    expect([node("a:1").active, node("b:1").active]).toEqual([3, 3]);
    expect(pool.lease("k", none)).toBeUndefined();
    expect(pool.hasOther(none)).toBe(false);
    leases[0]?.release();
    expect(pool.lease("k", none)?.backend.id).toBe("a:1");
  });

  it("follows a change of strategy at once, which is told", () => {
    const changes: string[] = [];
    const { pool, given } = stage(
      "a:1*3,b:1",
      {},
      { strategyChanged: (...change) => void changes.push(change.join(" ")) },
    );
    expect(given("a:1", 8)).toBe(6);
    pool.setStrategy("round-robin");
    pool.setStrategy("round-robin");
    expect(given("a:1", 8)).toBe(4);
    expect(pool.strategy).toBe("round-robin");
    expect(changes).toEqual(["weighted-round-robin round-robin"]);
  });
});

describe("panic", () => {
  const downAll = (pool: Pool, nodes: readonly Parameters<Pool["note"]>[0][]) => {
    for (const node of nodes) pool.note(node, "refused", "refused");
    pool.review();
  };
  const chosen = (pool: Pool) => {
    const ids = Array.from({ length: 12 }, () => pool.lease("k", none)?.backend.id);
    return [...new Set(ids)].sort();
  };

  it("gives clients doubted nodes too while fewer than the set part are up, and says when it begins and ends", () => {
    const told: unknown[] = [];
    const panicChanged: Observer["panicChanged"] = (panic, { up, of }) => told.push([panic, up, of]);
    const { pool, node } = stage("a:1,b:1,c:1,d:1", { panicBelow: 0.5 }, { panicChanged });
    downAll(pool, [node("a:1"), node("b:1")]);
    expect(chosen(pool)).toEqual(["c:1", "d:1"]);
    downAll(pool, [node("c:1")]);
    expect(chosen(pool)).toEqual(["a:1", "b:1", "c:1", "d:1"]);
    pool.review();
    pool.note(node("a:1"), "pass", "check", Number.POSITIVE_INFINITY);
    pool.review();
    expect(chosen(pool)).toEqual(["a:1", "d:1"]);
    expect(told).toEqual([
      [true, 1, 4],
      [false, 2, 4],
    ]);
  });

  it("never gives clients a node that drains, is held or is not ready, and is not there unless it is wanted", () => {
    const { pool, node } = stage("a:1,b:1", { panicBelow: 1 });
    pool.roster.apply([record("c", { state: "draining" }), record("d", { ready: false })]);
    pool.orders.hold(node("b:1"), true, "held");
    downAll(pool, [node("a:1")]);
    expect(chosen(pool)).toEqual(["a:1"]);
    const calm = stage("a:1");
    downAll(calm.pool, [calm.node("a:1")]);
    expect(chosen(calm.pool)).toEqual([undefined]);
  });
});
