import { describe, expect, it } from "vitest";
import { Deafness } from "./deafness.ts";

function createNode() {
  const world = { now: 0, well: true, others: true };
  const handovers: AbortSignal[] = [];
  const changes: string[] = [];
  const deafness: Deafness = new Deafness({
    deafMs: 5_000,
    now: () => world.now,
    isWell: () => world.well,
    othersAreWell: () => world.others,
    handOver: (until) => handovers.push(until),
    onChange: () => changes.push(deafness.isHandingOver ? "hands over" : deafness.isCut ? "cut off" : "back"),
  });
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      world.now += 1_000;
      deafness.look();
    }
  };
  return { world, deafness, handovers, changes, pass };
}

describe("a node that is not well", () => {
  it("hands over once another has been well for so long, and comes back by itself", () => {
    const { world, deafness, handovers, changes, pass } = createNode();
    world.well = false;
    pass(5);
    expect([deafness.isCut, deafness.isHandingOver]).toEqual([true, false]);
    pass(1);
    expect([deafness.isHandingOver, handovers.length]).toEqual([true, 1]);
    pass(10);
    expect([handovers.length, handovers[0]?.aborted]).toEqual([1, false]);
    world.well = true;
    pass(1);
    expect([deafness.isHandingOver, deafness.unwellMs, handovers[0]?.aborted]).toEqual([false, 0, true]);
    expect(changes).toEqual(["cut off", "hands over", "back"]);
  });

  it("keeps its clients while nobody else is well, however long", () => {
    const { world, deafness, handovers, pass } = createNode();
    Object.assign(world, { well: false, others: false });
    pass(600);
    expect([handovers.length, deafness.unwellMs]).toEqual([0, 599_000]);
  });

  it("has its full time from the moment that another one is well, as when all come back one after the other", () => {
    const { world, handovers, pass } = createNode();
    Object.assign(world, { well: false, others: false });
    pass(60);
    world.others = true;
    pass(4);
    world.well = true;
    pass(60);
    expect(handovers).toEqual([]);
  });

  it("stops handing over when the others fall ill too, or when it leaves for good", () => {
    const { world, deafness, handovers, pass } = createNode();
    world.well = false;
    pass(10);
    world.others = false;
    pass(1);
    expect([deafness.isHandingOver, handovers[0]?.aborted]).toEqual([false, true]);
    world.others = true;
    pass(10);
    deafness.stop();
    expect(handovers[1]?.aborted).toBe(true);
    pass(10);
    expect(handovers).toHaveLength(2);
  });
});
