import { describe } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const CYCLES = 10;

describe("check 1: weighted round robin is exact (weights 5, 1, 1; 70 opens one after another)", () => {
  onAllThree("50, 10 and 10, and never more than four in a row on one", {}, async (name, expect) => {
    await using nodes = await startNodes(3, [5, 1, 1]);
    await using subject = await startSubject(name, nodes.all, { strategy: "weighted-round-robin" });
    let chosen = "";
    for (let opens = 0; opens < 7 * CYCLES; opens++) {
      const { node, socket } = mustBeOpen(await open(subject.port));
      socket.terminate();
      chosen += node;
    }
    const count = (id: string) => chosen.split(id).length - 1;
    expect([count("a"), count("b"), count("c")]).toEqual([5 * CYCLES, CYCLES, CYCLES]);
    expect(chosen).not.toContain("aaaaa");
  });
});
