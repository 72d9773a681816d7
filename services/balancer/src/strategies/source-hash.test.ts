import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sourceHash } from "./source-hash.ts";

const nodesOf = (weights: readonly number[]) =>
  weights.map((weight, index) => ({ id: `node-${index}`, weight, warmth: 100, active: 0 }));
const five = nodesOf([1, 1, 1, 1, 1]);
const addresses = Array.from(
  { length: 10_000 },
  (_, index) => `10.${index >> 14}.${(index >> 7) & 127}.${index & 127}`,
);
const place = (nodes: ReturnType<typeof nodesOf>, key: string, hashBalance?: number) =>
  sourceHash({ nodes, credits: new Map(), key, random: () => 0, ...(hashBalance !== undefined && { hashBalance }) })
    ?.node;
const idOf = (nodes: ReturnType<typeof nodesOf>, key: string) => place(nodes, key)?.id;
const countOf = (nodes: ReturnType<typeof nodesOf>, id: string) =>
  addresses.filter((address) => idOf(nodes, address) === id).length;

describe("source hash", () => {
  it("spreads 10,000 addresses evenly over 5 nodes", () => {
    for (const { id } of five) expect(Math.abs(countOf(five, id) - 2_000)).toBeLessThan(140);
  });

  it("spreads by weight", () => {
    const nodes = nodesOf([1, 3, 4]);
    expect(Math.abs(countOf(nodes, "node-0") - 1_250)).toBeLessThan(120);
    expect(Math.abs(countOf(nodes, "node-2") - 5_000)).toBeLessThan(200);
  });

  it("moves only the clients of a node that leaves, and brings exactly these back when it returns", () => {
    for (const gone of five) {
      const rest = five.filter((node) => node !== gone);
      let moved = 0;
      for (const address of addresses) {
        const before = idOf(five, address);
        if (before !== idOf(rest, address)) {
          moved += 1;
          expect(before).toBe(gone.id);
        }
      }
      expect(moved).toBe(countOf(five, gone.id));
    }
  });

  it("moves clients only to a node that joins or gains weight", () => {
    const heavier = five.map((node) => (node.id === "node-3" ? { ...node, weight: 2 } : node));
    for (const address of addresses) {
      const [before, after] = [idOf(five, address), idOf(heavier, address)];
      if (before !== after) expect(after).toBe("node-3");
    }
  });

  it("does not depend on the order of the nodes or on what was asked before", () => {
    const nodes = fc.shuffledSubarray(five, { minLength: 1 });
    fc.assert(
      fc.property(nodes, fc.ipV4(), fc.array(fc.ipV4(), { maxLength: 5 }), (some, address, others) => {
        const before = idOf(some, address);
        for (const other of others) idOf(some, other);
        expect(idOf([...some].reverse(), address)).toBe(before);
      }),
    );
  });

  it("is the same in every version: clients must not move because the balancer was renewed", () => {
    expect(["10.0.0.1", "10.0.0.2", "192.0.2.77", "2001:db8:0:1::/64"].map((key) => idOf(five, key))).toEqual([
      "node-1",
      "node-3",
      "node-1",
      "node-1",
    ]);
  });

  it("with a bound, lets nobody carry more than that times the average, even when all come from one address", () => {
    const nodes = nodesOf([1, 1, 1, 1, 1]);
    const atHome: number[] = [];
    for (let open = 1; open <= 1_000; open++) {
      const node = place(nodes, "192.0.2.77", 1.25);
      if (node === undefined) throw new Error("no node");
      node.active += 1;
      expect(node.active).toBeLessThanOrEqual(Math.ceil((1.25 * open) / 5));
      if (node.id === idOf(nodes, "192.0.2.77")) atHome.push(open);
    }
    expect(atHome.length).toBe(250);
  });

  it("with a bound, always finds a node", () => {
    const loads = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 9 }), active: fc.nat(50) }), { minLength: 1 });
    fc.assert(
      fc.property(loads, fc.double({ min: 1, max: 3, noNaN: true }), fc.ipV6(), (list, balance, key) => {
        const nodes = list.map((load, index) => ({ id: `n${index}`, warmth: 100, ...load }));
        expect(place(nodes, key, balance)).toBeDefined();
      }),
    );
  });
});
