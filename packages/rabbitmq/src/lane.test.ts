import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lane } from "./lane.ts";

interface Message {
  readonly tag: number;
  readonly key: string;
}

/** A lane whose handlers, acks and pauses are in the test's hand. */
function laneInHand() {
  const started: number[] = [];
  const acks: number[] = [];
  const attempts: number[] = [];
  const inWork = new Map<number, PromiseWithResolvers<void>>();
  let soon: (() => void) | undefined;
  let retry: (() => void) | undefined;
  const lane = new Lane<Message>({
    keyOf: ({ key }) => key,
    run: ({ tag }) => {
      started.push(tag);
      const work = Promise.withResolvers<void>();
      inWork.set(tag, work);
      return work.promise;
    },
    ackUpTo: ({ tag }) => acks.push(tag),
    soon: (task) => {
      soon = task;
    },
    afterPause: (attempt, task) => {
      attempts.push(attempt);
      retry = task;
      return () => {
        retry = undefined;
      };
    },
    onPostponed: () => undefined,
  });
  const settle = async (tag: number, how: "done" | "not now") => {
    const work = inWork.get(tag);
    if (work === undefined) throw new Error(`${tag} is not in work`);
    inWork.delete(tag);
    if (how === "done") work.resolve();
    else work.reject(new Error(how));
    await new Promise(setImmediate);
  };
  return {
    lane,
    started,
    acks,
    attempts,
    inWork,
    settle,
    turn: () => {
      soon?.();
      soon = undefined;
    },
    pauseOver: () => {
      const task = retry;
      retry = undefined;
      task?.();
      return task !== undefined;
    },
    deliver: (...keys: readonly string[]) => {
      for (const [index, key] of keys.entries()) lane.deliver({ tag: index + 1, key });
    },
  };
}

/** Ends the work as `choices` say, the first 50 times perhaps with "not now"; answers the tags in the order they were settled. */
async function settleAll(
  hand: ReturnType<typeof laneInHand>,
  count: number,
  choices: Iterator<[number, boolean]>,
): Promise<number[]> {
  const settled: number[] = [];
  for (let steps = 0; settled.length < count; steps += 1) {
    const tags = [...hand.inWork.keys()];
    if (tags.length === 0) {
      expect(hand.pauseOver()).toBe(true);
      continue;
    }
    const [pick, fails] = choices.next().value as [number, boolean];
    const tag = tags[pick % tags.length] ?? 0;
    const failing = fails && steps < 50;
    await hand.settle(tag, failing ? "not now" : "done");
    if (!failing) settled.push(tag);
  }
  hand.turn();
  return settled;
}

describe("a lane", () => {
  it("starts different keys side by side, and one key's messages one after the other", async () => {
    const { deliver, started, settle } = laneInHand();
    deliver("a", "b", "a", "c");
    expect(started).toEqual([1, 2, 4]);
    await settle(1, "done");
    expect(started).toEqual([1, 2, 4, 3]);
  });

  it("acks in delivery order, once per turn, only what has nothing unsettled before it", async () => {
    const { deliver, acks, settle, turn } = laneInHand();
    deliver("a", "b", "c", "d");
    await settle(2, "done");
    await settle(3, "done");
    turn();
    expect(acks).toEqual([]);
    await settle(1, "done");
    turn();
    expect(acks).toEqual([3]);
    await settle(4, "done");
    turn();
    expect(acks).toEqual([3, 4]);
  });

  it("starts nothing after a 'not now' until what runs has settled and the oldest failed one went through", async () => {
    const { lane, deliver, started, settle, pauseOver, attempts } = laneInHand();
    deliver("a", "b", "c", "a");
    await settle(2, "not now");
    lane.deliver({ tag: 5, key: "e" });
    await settle(1, "not now");
    expect(pauseOver()).toBe(false); // 3 still runs
    await settle(3, "done");
    expect(pauseOver()).toBe(true);
    expect(started).toEqual([1, 2, 3, 1]);
    await settle(1, "not now");
    expect(pauseOver()).toBe(true);
    expect(attempts).toEqual([0, 1]);
    await settle(1, "done");
    expect(started).toEqual([1, 2, 3, 1, 1, 2, 4, 5]);
  });

  it("stops without starting more, and acks what was settled", async () => {
    const { lane, deliver, started, settle, acks } = laneInHand();
    deliver("a", "a", "b");
    let stopped = false;
    const stopping = lane.stop().then(() => {
      stopped = true;
    });
    await settle(1, "done");
    expect([stopped, started]).toEqual([false, [1, 3]]);
    await settle(3, "not now");
    await stopping;
    expect(acks).toEqual([1]);
    expect(started).toEqual([1, 3]);
  });

  it("ignores results once it is abandoned", async () => {
    const { lane, deliver, acks, settle, turn, started } = laneInHand();
    deliver("a", "a");
    lane.abandon();
    await settle(1, "done");
    turn();
    expect([acks, started]).toEqual([[], [1]]);
    await lane.stop();
  });

  it("settles every message once and each key in order, whatever fails and in whatever order work ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.tuple(fc.nat(), fc.boolean())),
        async (keys, choices) => {
          const hand = laneInHand();
          hand.deliver(...keys);
          const settled = await settleAll(hand, keys.length, choices);
          expect(new Set(settled).size).toBe(keys.length);
          expect(hand.acks.at(-1)).toBe(keys.length);
          for (const key of new Set(keys)) {
            const own = settled.filter((tag) => keys[tag - 1] === key);
            expect(own).toEqual(own.toSorted((x, y) => x - y));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
