import { describe, expect, it } from "vitest";
import { BATCH_BYTES, BATCH_RECORDS, Batches } from "./batches.ts";

function batchesInHand() {
  const published: { route: string; sizes: number[] }[] = [];
  const batches = new Batches<string>((route, records) => {
    published.push({ route, sizes: records.map(({ length }) => length) });
    return route === "bad" ? Promise.reject(new Error("refused")) : Promise.resolve();
  });
  return { batches, published };
}

describe("batches", () => {
  it("join what one turn sends to one route", async () => {
    const { batches, published } = batchesInHand();
    const sent = [
      batches.add("a", Buffer.alloc(1)),
      batches.add("b", Buffer.alloc(2)),
      batches.add("a", Buffer.alloc(3)),
    ];
    expect(published).toEqual([]);
    await Promise.all(sent);
    expect(published).toEqual([
      { route: "a", sizes: [1, 3] },
      { route: "b", sizes: [2] },
    ]);
  });

  it("go at once when they hold enough records", () => {
    const { batches, published } = batchesInHand();
    for (let n = 0; n < BATCH_RECORDS + 1; n += 1) void batches.add("a", Buffer.alloc(1));
    expect(published.map(({ sizes }) => sizes.length)).toEqual([BATCH_RECORDS]);
    batches.flush();
    expect(published.map(({ sizes }) => sizes.length)).toEqual([BATCH_RECORDS, 1]);
  });

  it("go before a record that would make them too large, which goes alone if it must", () => {
    const { batches, published } = batchesInHand();
    for (const size of [1, BATCH_BYTES + 1, 2]) void batches.add("a", Buffer.alloc(size));
    batches.flush();
    expect(published.map(({ sizes }) => sizes)).toEqual([[1], [BATCH_BYTES + 1], [2]]);
  });

  it("fail every caller of theirs, and nobody else", async () => {
    const { batches } = batchesInHand();
    const outcomes = await Promise.allSettled(
      ["bad", "bad", "good"].map((route) => batches.add(route, Buffer.alloc(1))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  });
});
