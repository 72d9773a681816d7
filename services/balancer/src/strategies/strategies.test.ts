import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastConnections } from "./least-connections.ts";
import { byChance, powerOfTwoChoices } from "./random.ts";
import { RecentChoices } from "./recent-choices.ts";
import { roundRobin, weightedRoundRobin } from "./round-robin.ts";
import { belowCap } from "./share-cap.ts";
import { takeTurns } from "./smooth.ts";
import type { Candidate, Credits, Strategy } from "./strategy.ts";
import { strategies } from "./table.ts";

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const nodesOf = (list: readonly number[]) =>
  list.map((weight, index) => ({ id: `n${index}`, weight, warmth: 100, active: 0 }));
const longestRun = (picks: readonly unknown[]): number => {
  let longest = 0;
  let run = 0;
  for (const [index, pick] of picks.entries()) {
    run = pick === picks[index - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
};
/** The same numbers in [0, 1) at every run. */
const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
};
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

describe("weighted round robin", () => {
  const order = (list: readonly number[], turns: number): (string | undefined)[] => {
    let credits: Credits = new Map();
    return Array.from({ length: turns }, () => {
      const choice = ask(weightedRoundRobin, nodesOf(list), credits);
      credits = choice?.credits ?? credits;
      return choice?.node.id;
    });
  };

  it("gives 50, 10 and 10 of 70 opens to weights 5, 1 and 1, never more than 4 in a row to one", () => {
    const picks = order([5, 1, 1], 70);
    const countOf = (id: string) => picks.filter((pick) => pick === id).length;
    expect(["n0", "n1", "n2"].map(countOf)).toEqual([50, 10, 10]);
    expect(longestRun(picks)).toBeLessThanOrEqual(4);
  });

  it("is the same for weights with a common factor", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 2, max: 50 }), (list, factor) => {
        const turns = 2 * list.reduce((sum, weight) => sum + weight, 0);
        expect(
          order(
            list.map((weight) => weight * factor),
            turns,
          ),
        ).toEqual(order(list, turns));
      }),
    );
  });

  it("never runs on one node for longer than its share of a cycle asks, twice over", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }), (list) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const heaviest = Math.max(...list);
        const bound = 2 * Math.ceil(heaviest / (total - heaviest));
        expect(longestRun(order(list, 2 * total))).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it("banks nothing for a node that could not be chosen", () => {
    let credits: Credits = new Map();
    const [one, two] = nodesOf([1, 1]);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    for (let turn = 0; turn < 50; turn++) credits = ask(weightedRoundRobin, [one], credits)?.credits ?? credits;
    const picks = Array.from({ length: 10 }, () => {
      const choice = ask(weightedRoundRobin, [one, two], credits);
      credits = choice?.credits ?? credits;
      return choice?.node.id;
    });
    expect(picks.filter((id) => id === "n1").length).toBe(5);
    expect(longestRun(picks)).toBe(1);
  });

  it("gives a node that starts slowly its percentage", () => {
    const nodes = nodesOf([1, 1]).map((node, index) => ({ ...node, warmth: index === 0 ? 25 : 100 }));
    let credits: Credits = new Map();
    const picks = Array.from({ length: 100 }, () => {
      const choice = ask(weightedRoundRobin, nodes, credits);
      credits = choice?.credits ?? credits;
      return choice?.node.id;
    });
    expect(picks.filter((id) => id === "n0").length).toBe(20);
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

describe("the share cap", () => {
  it("keeps a node that joins empty at twice its fair share of the last 100 opens", () => {
    const nodes = nodesOf([1, 1, 1, 1, 1]).map((node, index) => ({ ...node, active: index === 0 ? 0 : 1_000 }));
    const recent = new RecentChoices(100);
    let credits: Credits = new Map();
    let joined = 0;
    for (let open = 0; open < 400; open++) {
      const choice = leastConnections({ nodes, credits, key: "", random: () => 0, recent });
      if (choice === undefined) throw new Error("no choice");
      credits = choice.credits;
      choice.node.active += 1;
      recent.add(choice.node.id);
      if (choice.node.id === "n0") joined += 1;
      expect(recent.countOf("n0")).toBeLessThanOrEqual(40);
    }
    expect(joined).toBe(160);
  });

  it("lets a node that starts slowly beside a full one have twice its warm share of the last ten, no more", () => {
    const recent = new RecentChoices(100);
    for (let open = 0; open < 100; open++) recent.add("n1");
    let credits: Credits = new Map();
    const given = [10, 25, 50, 100].map((warmth) => {
      const nodes = nodesOf([1, 1]).map((node, index) => ({ ...node, active: index * 1_000 }));
      const [joining, full] = nodes as [Candidate, Candidate];
      return Array.from({ length: 20 }, () => {
        const choice = leastConnections({
          ...{ nodes: [{ ...joining, warmth }, full], credits, key: "", random: () => 0, recent },
        });
        if (choice === undefined) throw new Error("no choice");
        credits = choice.credits;
        recent.add(choice.node.id);
        return choice.node.id;
      }).filter((id) => id === "n0").length;
    });
    expect(given).toEqual([4, 8, 14, 20]);
  });

  it("always leaves somebody, whatever was chosen before and however warm the nodes are", () => {
    const warm = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 })), {
      minLength: 1,
      maxLength: 4,
    });
    const before = fc.array(fc.constantFrom("n0", "n1", "n2", "n3"), { maxLength: 60 });
    fc.assert(
      fc.property(warm, before, (list, choices) => {
        const recent = new RecentChoices(20);
        for (const id of choices) recent.add(id);
        const nodes = list.map(([weight, warmth], index) => ({ id: `n${index}`, weight, warmth, active: 0 }));
        expect(belowCap(nodes, recent).length).toBeGreaterThan(0);
      }),
    );
  });

  it("never leaves nobody to choose", () => {
    const recent = new RecentChoices(100);
    for (let open = 0; open < 100; open++) recent.add("n0");
    expect(belowCap(nodesOf([1]), recent).length).toBe(1);
    const shares = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(shares, fc.array(fc.nat(7), { maxLength: 300 }), (list, history) => {
        const past = new RecentChoices(100);
        for (const index of history) past.add(`n${index}`);
        expect(belowCap(nodesOf(list), past).length).toBeGreaterThan(0);
      }),
    );
  });

  it("counts the last choices and no others", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }), (choices) => {
        const recent = new RecentChoices(10);
        for (const id of choices) recent.add(id);
        for (const id of ["a", "b", "c"])
          expect(recent.countOf(id)).toBe(choices.slice(-10).filter((choice) => choice === id).length);
      }),
    );
  });
});

describe("random", () => {
  it("gives each node its weight's share, and two choices prefer the less loaded", () => {
    const random = seeded(7);
    const nodes = nodesOf([1, 2, 5]).map((node, index) => ({ ...node, active: index === 2 ? 10_000 : 0 }));
    const counts = new Map<string, number>();
    for (let open = 0; open < 8_000; open++) {
      const id = byChance({ nodes, credits: new Map(), key: "", random })?.node.id ?? "";
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.get("n0") ?? 0).toBeGreaterThan(850);
    expect(counts.get("n0") ?? 0).toBeLessThan(1_150);
    expect(counts.get("n2") ?? 0).toBeGreaterThan(4_700);
    for (let open = 0; open < 200; open++)
      expect(powerOfTwoChoices({ nodes, credits: new Map(), key: "", random })?.node.id).not.toBe("n2");
  });

  it("two choices keep the loads close together without asking everybody", () => {
    const random = seeded(11);
    const nodes = nodesOf([1, 1, 1, 1, 1, 1, 1, 1]);
    for (let open = 0; open < 8_000; open++) {
      const choice = powerOfTwoChoices({ nodes, credits: new Map(), key: "", random });
      if (choice !== undefined) choice.node.active += 1;
    }
    for (const { active } of nodes) expect(Math.abs(active - 1_000)).toBeLessThan(20);
  });

  it("chooses a node whatever number chance gives, never one twice for two", () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, number) => {
        const question = { nodes: nodesOf(list), credits: new Map(), key: "", random: () => number };
        expect(byChance(question)).toBeDefined();
        expect(powerOfTwoChoices(question)).toBeDefined();
      }),
    );
  });
});

it("every strategy answers undefined when there is no node", () => {
  for (const strategy of Object.values(strategies)) expect(ask(strategy, [])).toBeUndefined();
});
