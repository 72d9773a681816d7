import { expect } from "vitest";

/** Waits for a fact: long enough for a machine that is busy with other tests. */
export const soon = <Fact>(fact: () => Fact) => expect.poll(fact, { timeout: 10_000, interval: 20 });
