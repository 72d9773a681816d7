import { expect, it } from "vitest";
import { readArguments } from "./options.ts";

const read = (...args: string[]) => readArguments(args, () => 7);

it("takes one seed, several, or a new one", () => {
  expect(read("--seed", "3")).toMatchObject({ seeds: [3] });
  expect(read("--seed", "3-5")).toMatchObject({ seeds: [3, 4, 5] });
  expect(read()).toMatchObject({ seeds: [7], minutes: 1, clients: 120, nodes: 3, afterRedisRestart: "ask" });
});

it("says what is wrong", () => {
  for (const args of [
    ["--seed", "x"],
    ["--seed", "5-3"],
    ["--minutes", "0"],
    ["--clients", "many"],
    ["--nodes", "1"],
    ["--after-redis-restart", "hope"],
  ])
    expect(read(...args)).toContain(args[0]);
});
