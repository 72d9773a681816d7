import { expect, it } from "vitest";
import { excessOf, type Life, MOST_OF_WARM, MOST_RESIDENT, WARM_MS } from "./memory.ts";

type Sample = readonly [at: number, mb: number];
const steady: readonly Sample[] = [
  [0, 50],
  [WARM_MS, 100],
  [2 * WARM_MS, 120],
];

const life = (
  part: string,
  { warm, rest, service = "node", samples = steady }: Partial<Omit<Life, "samples">> & { samples?: readonly Sample[] },
): Life => ({
  ...{ part, service, start: 1, samples: samples.map(([at, mb]) => ({ at, mb })) },
  ...(warm !== undefined && { warm }),
  ...(rest !== undefined && { rest }),
});
const bound = 40 * MOST_OF_WARM;

it("names every process that holds too much at rest, by the leanest warm one of its service", () => {
  const lean = life("node-1", { warm: 40, rest: bound });
  const fat = life("node-2", { warm: 50, rest: bound + 1 });
  const other = life("balancer", { service: "balancer", warm: 90, rest: 100 });
  const lives = [lean, fat, other];
  expect(excessOf(lives, lives)).toEqual([
    `memory of node-2: ${bound + 1} MB live at rest, and ${bound} MB is the most for a node`,
  ]);
});

it("judges what is resident by itself, and more mildly", () => {
  const most = 100 * MOST_RESIDENT;
  const swollen = (mb: number) => life("node-1", { warm: 40, rest: 40, samples: [...steady, [3 * WARM_MS, mb]] });
  expect(excessOf([swollen(most)], [swollen(most)])).toEqual([]);
  expect(excessOf([swollen(most + 1)], [swollen(most + 1)])).toEqual([
    `memory of node-1: ${most + 1} MB resident at rest, and ${most} MB is the most for a node`,
  ]);
});

it("judges a process that has just started by others of its service, and not while none is warm", () => {
  const young = life("node-1", { rest: bound + 1, samples: [[100_000, 300]] });
  expect(excessOf([young], [young])).toEqual([]);
  expect(excessOf([young, life("node-2", { warm: 40, rest: 40 })], [young])).toHaveLength(2);
});

it("names a process that does not say what it holds", () => {
  const silent = life("node-1", { warm: 40 });
  expect(excessOf([silent], [silent])).toEqual(["memory of node-1: it did not say what it holds at rest"]);
});
