import { describe, expect, it } from "vitest";
import type { Observer } from "../observing/observer.ts";
import { silent } from "../testing/observer.ts";
import { record } from "../testing/records.ts";
import { believing } from "../testing/rules.ts";
import { parseNodeList } from "./node-list.ts";
import { Pool, type PoolRules } from "./pool.ts";

function stage(nodes = "", observer: Partial<Observer> = {}, rules: Partial<PoolRules> = {}) {
  const time = { now: 1_000 };
  const pool = new Pool({
    strategy: "least-connections",
    rules: { ...believing, ...rules },
    nodes: parseNodeList(nodes) as Exclude<ReturnType<typeof parseNodeList>, string>,
    observer: { ...silent, ...observer },
    clock: () => time.now,
    random: () => 0,
  });
  const states = () => Object.fromEntries([...pool.backends].map(({ id, state }) => [id, state]));
  return { pool, time, states };
}
const none = new Set<never>();

describe("the pool", () => {
  it("counts a client at the choice and gives it back once, however often it is released", () => {
    const { pool } = stage("a:1,b:1");
    const leases = [pool.lease("k", none), pool.lease("k", none), pool.lease("k", none)];
    expect([...pool.backends].map(({ active }) => active).sort()).toEqual([1, 2]);
    for (const lease of leases) {
      lease?.release();
      lease?.release();
    }
    expect([...pool.backends].map(({ active }) => active)).toEqual([0, 0]);
  });

  it("does not choose a node that was tried, is suspect, drains, or is not ready", () => {
    const { pool, states } = stage();
    pool.roster.apply([record("a"), record("b", { state: "draining" }), record("c", { ready: false })]);
    expect(states()).toEqual({ a: "up", b: "draining", c: "not_ready" });
    const lease = pool.lease("k", none);
    expect(lease?.backend.id).toBe("a");
    if (lease === undefined) throw new Error("no lease");
    expect(pool.lease("k", new Set([lease.backend]))).toBeUndefined();
    pool.note(lease.backend, "refused", "refused");
    expect(pool.lease("k", none)).toBeUndefined();
    expect(pool.available).toBe(false);
  });

  it("does not believe a check that began before the refusal", () => {
    const { pool, time, states } = stage("a:1");
    const [backend] = pool.backends;
    if (backend === undefined) throw new Error("no node");
    time.now = 2_000;
    pool.note(backend, "refused", "refused");
    pool.note(backend, "pass", "check", 1_500);
    expect(states()).toEqual({ "a:1": "suspect" });
    pool.note(backend, "pass", "check", 2_500);
    expect(states()).toEqual({ "a:1": "up" });
  });

  it("believes a node that vanished without a word for a while, one that drained not at all", () => {
    const { pool, time, states } = stage();
    pool.roster.apply([record("a"), record("b", { state: "draining" })]);
    pool.roster.apply([]);
    expect(states()).toEqual({ a: "up" });
    time.now += 2_999;
    pool.roster.apply([]);
    expect(states()).toEqual({ a: "up" });
    time.now += 1;
    pool.roster.apply([]);
    expect(states()).toEqual({});
  });

  it("keeps a node that left until its last client has gone, and knows it again when it returns", () => {
    const { pool, time, states } = stage();
    pool.roster.apply([record("a")]);
    const lease = pool.lease("k", none);
    const leave = () => {
      pool.roster.apply([]);
      time.now += 3_000;
      pool.roster.apply([]);
    };
    leave();
    expect(states()).toEqual({ a: "absent" });
    pool.roster.apply([record("a")]);
    expect([...pool.backends].map(({ state, active }) => [state, active])).toEqual([["up", 1]]);
    leave();
    lease?.release();
    expect(states()).toEqual({});
  });

  it("takes a static node that registers itself for one node, with the weight of the list", () => {
    const { pool, time, states } = stage("a:8101*5");
    pool.roster.apply([record("a")]);
    expect(states()).toEqual({ "a:8101": "replaced", a: "up" });
    expect([...pool.backends].at(-1)?.weight).toBe(5);
    pool.roster.apply([]);
    time.now += 3_000;
    pool.roster.apply([]);
    expect(states()).toEqual({ "a:8101": "up" });
  });

  it("tells every change of state once, with its cause", () => {
    const told: string[] = [];
    const { pool } = stage("a:1", { nodeChanged: (...change) => void told.push(change.join(" ")) });
    const [backend] = pool.backends;
    if (backend === undefined) throw new Error("no node");
    for (let round = 0; round < 5; round++) pool.note(backend, "fail", "timeout");
    expect(told).toEqual(["a:1 unknown up configured", "a:1 up down timeout"]);
  });

  it("leaves out a record whose address is none, and tells", () => {
    const refused: string[] = [];
    const { pool, states } = stage("", { recordRefused: (node) => void refused.push(node) });
    pool.roster.apply([record("a", { address: "nowhere" }), record("b")]);
    expect(states()).toEqual({ b: "up" });
    expect(refused).toEqual(["a"]);
  });
});
