import { describe, expect, it } from "vitest";
import { MAX_REMEMBERED_EVENTS, MAX_WATCHED, Witness } from "./witness.ts";

const channel = "orders:user#ada";
const live = (offset: number) => ({ offset, recovered: false });
const fresh = (offset: number) => ({ offset, wasRecovering: false, recovered: false });

describe("the witness", () => {
  it("has nothing to say of offsets that go up one by one, over a recovery too", () => {
    const witness = new Witness();
    witness.subscribed(channel, fresh(4));
    witness.published(channel, live(5), "a");
    witness.subscribed(channel, { offset: 5, wasRecovering: true, recovered: true });
    witness.published(channel, { offset: 6, recovered: true }, "b");
    witness.published(channel, live(7), "c");
    expect(witness.violations).toBe(0);
    expect(witness.seen).toBe(3);
    expect(witness.channels.get(channel)).toEqual({ offset: 7, seen: 3, recovered: 1, lastRecovery: "yes" });
  });

  it("counts an offset that comes again as a duplicate", () => {
    const witness = new Witness();
    witness.subscribed(channel, fresh(0));
    for (const offset of [1, 2, 2, 1]) witness.published(channel, live(offset), undefined);
    expect([witness.duplicates, witness.gaps]).toEqual([2, 0]);
  });

  it("counts an offset that was left out as a gap, also when a recovery said it gave everything", () => {
    const witness = new Witness();
    witness.subscribed(channel, fresh(1));
    witness.published(channel, live(3), "a");
    witness.subscribed(channel, { offset: 5, wasRecovering: true, recovered: true });
    witness.published(channel, live(6), "b");
    expect([witness.duplicates, witness.gaps]).toEqual([0, 2]);
  });

  it("accepts a new start after a recovery that was refused", () => {
    const witness = new Witness();
    witness.subscribed(channel, fresh(10));
    witness.published(channel, live(11), "a");
    witness.subscribed(channel, { offset: 3, wasRecovering: true, recovered: false });
    witness.published(channel, live(4), "b");
    expect(witness.violations).toBe(0);
    expect(witness.channels.get(channel)?.lastRecovery).toBe("no");
  });

  it("counts an event that comes again under another offset", () => {
    const witness = new Witness();
    witness.subscribed(channel, fresh(0));
    witness.published(channel, live(1), "same");
    witness.published(channel, live(2), "same");
    expect(witness.duplicates).toBe(1);
  });

  it("counts an order's event that is not newer than the one before", () => {
    const witness = new Witness();
    for (const version of [1, 2, 2, 1, 3]) witness.stepped("o", version);
    witness.stepped("other", 1);
    expect(witness.backward).toBe(2);
  });

  it("does not judge offsets on a channel without history", () => {
    const witness = new Witness();
    witness.subscribed(channel, { offset: undefined, wasRecovering: false, recovered: false });
    for (const id of ["a", "b"]) witness.published(channel, { offset: undefined, recovered: false }, id);
    expect([witness.seen, witness.violations]).toEqual([2, 0]);
  });

  it("remembers a bounded number of orders and events", () => {
    const witness = new Witness();
    for (let index = 0; index <= MAX_WATCHED; index += 1) witness.stepped(`o${index}`, 2);
    witness.stepped("o0", 1);
    expect(witness.backward).toBe(0);
    witness.subscribed(channel, fresh(0));
    for (let index = 0; index <= MAX_REMEMBERED_EVENTS; index += 1)
      witness.published(channel, live(index + 1), `e${index}`);
    witness.published(channel, live(MAX_REMEMBERED_EVENTS + 2), "e0");
    expect(witness.duplicates).toBe(0);
  });
});
