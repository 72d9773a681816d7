import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastConnections } from "./least-connections.ts";
import { roundRobin } from "./round-robin.ts";
import { takeTurns } from "./smooth.ts";
import type { Candidate, Credits, Strategy } from "./strategy.ts";
import { strategies } from "./table.ts";

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const nodesOf = (list: readonly number[]) =>
  list.map((weight, index) => ({ id: `n${index}`, weight, warmth: 100, active: 0 }));
const ask = <Node extends Candidate>(strategy: Strategy, nodes: readonly Node[], credits: Credits = new Map()) =>
  strategy({ nodes, credits, key: "10.0.0.1", random: () => 0 });

describe("smooth turns", () => {
  it("give every node exactly its weight in each full cycle, and leave no credit over", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const nodes = nodesOf(list);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const counts = new Map<string, number>();
        let credits: Credits = new Map();
        for (let turn = 0; turn < total; turn++) {
          const pick = takeTurns(nodes, credits, ({ weight }) => weight);
          if (pick === undefined) throw new Error("no pick");
          credits = pick.credits;
          counts.set(pick.node.id, (counts.get(pick.node.id) ?? 0) + 1);
          expect(credits.values().reduce((sum, credit) => sum + credit, 0)).toBe(0);
        }
        for (const { id, weight } of nodes) expect(counts.get(id)).toBe(weight);
        expect([...credits.values()].every((credit) => credit === 0)).toBe(true);
      }),
    );
  });

  it("spread weights 5, 1, 1 as a a b a c a a", () => {
    let credits: Credits = new Map();
    const order = Array.from({ length: 7 }, () => {
      const pick = takeTurns(nodesOf([5, 1, 1]), credits, ({ weight }) => weight);
      credits = pick?.credits ?? credits;
      return pick?.node.id;
    });
    expect(order).toEqual(["n0", "n0", "n1", "n0", "n2", "n0", "n0"]);
  });
});

describe("round robin", () => {
  it("takes each node once before any twice, whatever the weights", () => {
    let credits: Credits = new Map();
    const order = Array.from({ length: 6 }, () => {
      const pick = ask(roundRobin, nodesOf([5, 1, 1]), credits);
      credits = pick?.credits ?? credits;
      return pick?.node.id;
    });
    expect(order).toEqual(["n0", "n1", "n2", "n0", "n1", "n2"]);
  });
});

describe("least connections", () => {
  it("never takes a node when another would be less loaded by weight", () => {
    const loaded = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 9 }), active: fc.integer({ min: 0, max: 99 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(loaded, (list) => {
        const nodes = list.map((load, index) => ({ id: `n${index}`, warmth: 100, ...load }));
        const chosen = ask(leastConnections, nodes)?.node;
        if (chosen === undefined) throw new Error("no pick");
        const loadOf = ({ active, weight }: Candidate) => (active + 1) / weight;
        expect(loadOf(chosen)).toBeLessThanOrEqual(Math.min(...nodes.map(loadOf)) + 1e-9);
      }),
    );
  });

  it("spreads a burst evenly when each choice is counted at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 60 }), (size, opens) => {
        const nodes = nodesOf(Array.from({ length: size }, () => 1));
        let credits: Credits = new Map();
        for (let open = 0; open < opens; open++) {
          const pick = ask(leastConnections, nodes, credits);
          if (pick === undefined) throw new Error("no pick");
          credits = pick.credits;
          pick.node.active += 1;
        }
        const active = nodes.map((node) => node.active);
        expect(Math.max(...active) - Math.min(...active)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it("every strategy answers undefined when there is no node", () => {
  for (const strategy of Object.values(strategies)) expect(ask(strategy, [])).toBeUndefined();
});
