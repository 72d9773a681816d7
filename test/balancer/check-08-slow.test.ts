import { describe } from "vitest";
import { openSteadily, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

describe("check 8: a slow node (1 s per handshake; 20 opens a second, each closed at once)", () => {
  onAllThree(
    "its share falls, as handshakes count as connections, and the others stay quick",
    {},
    async (name, expect) => {
      await using nodes = await startNodes(2);
      await using subject = await startSubject(name, nodes.all);
      nodes.get("a").behave({ kind: "late", ms: 1_000 });
      const outcomes = await openSteadily(subject.port, { everyMs: 50, forMs: 4_000 });
      const { a = 0, b = 0, none = 0 } = tally(outcomes);
      expect(none).toBe(0);
      expect(a).toBeGreaterThan(0);
      expect(a / (a + b)).toBeLessThan(0.2);
      const quick = outcomes.filter((outcome) => outcome.kind === "open" && outcome.node === "b").map(({ ms }) => ms);
      const p99 = quick.toSorted((one, two) => one - two)[Math.ceil(quick.length * 0.99) - 1];
      expect(p99).toBeLessThan(900);
      if (name === "ours") expect((await nodesOf(subject)).map(({ state }) => state)).toEqual(["up", "up"]);
      else expect(subject.process.output.filter((line) => /DOWN|upstream/.test(line))).toEqual([]);
    },
  );
});
