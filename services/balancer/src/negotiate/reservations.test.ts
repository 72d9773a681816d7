import { describe, expect, it } from "vitest";
import type { Backend } from "../pool/backend.ts";
import { parseNodeList } from "../pool/node-list.ts";
import { Pool } from "../pool/pool.ts";
import { silent } from "../testing/observer.ts";
import { believing } from "../testing/rules.ts";
import { Reservations } from "./reservations.ts";

function stage(limits: { readonly max?: number; readonly perGroup?: number } = {}) {
  const time = { now: 0 };
  const clock = () => time.now;
  const reservations = new Reservations({ limits: { holdMs: 30_000, max: 10, perGroup: 10, ...limits }, clock });
  const nodes = parseNodeList("127.0.0.1:1");
  if (typeof nodes === "string") throw new Error(nodes);
  const pool = new Pool({
    ...{ strategy: "least-connections", rules: believing, nodes, observer: silent, clock, random: () => 0 },
  });
  const hold = (group = "a"): Backend => {
    const lease = pool.lease(group, new Set());
    if (lease === undefined) throw new Error("no node");
    reservations.hold(lease, group);
    return lease.backend;
  };
  return { time, reservations, hold };
}

describe("a reserved place", () => {
  it("counts on its node until its client is seen there", () => {
    const { reservations, hold } = stage();
    const backend = hold();
    hold();
    expect([backend.active, backend.reserved, reservations.size]).toEqual([2, 2, 2]);
    reservations.came(backend.id, 1);
    expect([backend.active, backend.reserved, reservations.size]).toEqual([1, 1, 1]);
    reservations.came(backend.id, 5);
    reservations.came("another node", 5);
    expect([backend.active, backend.reserved, reservations.size]).toEqual([0, 0, 0]);
  });

  it("is given up when its ticket has expired, the others stay", () => {
    const { time, reservations, hold } = stage();
    const backend = hold();
    time.now = 20_000;
    hold();
    time.now = 29_999;
    reservations.expire();
    expect(backend.reserved).toBe(2);
    time.now = 30_000;
    reservations.expire();
    expect(backend.reserved).toBe(1);
    time.now = 50_000;
    reservations.expire();
    expect([backend.active, reservations.size]).toEqual([0, 0]);
  });

  it("is not had by who has enough, nor when there are enough in all", () => {
    const { reservations, hold } = stage({ max: 3, perGroup: 2 });
    hold("a");
    const backend = hold("a");
    expect([reservations.obstacleTo("a"), reservations.obstacleTo("b")]).toEqual(["address_full", undefined]);
    hold("b");
    expect(reservations.obstacleTo("c")).toBe("full");
    reservations.forget(backend.id);
    expect([reservations.obstacleTo("a"), reservations.obstacleTo("c"), backend.active]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });
});
