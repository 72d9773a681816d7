import { expect, it } from "vitest";
import { excessOf, type Life, MOST_OF_WARM, WARM_MS } from "./memory.ts";

const life = (part: string, service: string, ...samples: ReadonlyArray<readonly [at: number, mb: number]>): Life => ({
  ...{ part, service, start: 1 },
  samples: samples.map(([at, mb]) => ({ at, mb })),
});
const bound = 100 * MOST_OF_WARM;

it("names every process that holds too much at rest, by the leanest warm one of its service", () => {
  const lean = life("node-1", "node", [0, 50], [WARM_MS, 100], [2 * WARM_MS, bound]);
  const fat = life("node-2", "node", [0, 50], [WARM_MS, 140], [2 * WARM_MS, bound + 1]);
  const other = life("balancer", "balancer", [0, 300], [WARM_MS, 300], [2 * WARM_MS, 310]);
  const lives = [lean, fat, other];
  expect(excessOf(lives, lives)).toEqual([
    `memory of node-2: ${bound + 1} MB at rest, and ${bound} MB is the most for a node`,
  ]);
});

it("judges a process that has just started by others of its service, and not while none is warm", () => {
  const young = life("node-1", "node", [100_000, bound + 1]);
  expect(excessOf([young], [young])).toEqual([]);
  expect(excessOf([young, life("node-2", "node", [0, 50], [WARM_MS, 100])], [young])).toHaveLength(1);
});
