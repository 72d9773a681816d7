import type { DueReceipt, Receipts, Showing, SubjectVersion } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { expect, it } from "vitest";

/** Bounds that receipts under test are to be created with. */
export const MAX_SHOWN_VERSIONS = 5;
export const MAX_WATCHED = 20;

export interface TestReceipts extends AsyncDisposable {
  readonly receipts: Receipts;
}

const channel = ChannelName.parse("orders:user#{42}");
const versionOf = (version: number, subject = "order-1"): SubjectVersion => ({ channel, subject, version });
const showing = (client: string): Showing => ({ at: 1_700_000_000_000, user: '4"2', client, node: "node-a" });
const keep = { keepMs: 60_000 };
const named = (due: readonly DueReceipt[]) =>
  due.map(({ why, subject, version }) => `${why} ${subject} ${version}`).sort();

/** What every Receipts promises. */
export function describeReceiptsContract(name: string, create: () => Promise<TestReceipts>): void {
  it(`${name} keeps the first showing of each version, whoever shows it later`, async () => {
    await using test = await create();
    const { receipts } = test;
    expect(await receipts.shown(versionOf(10), showing("c1"), keep)).toBe("first");
    expect(await receipts.shown(versionOf(10), showing("c2"), keep)).toBe("again");
    expect(await receipts.shown(versionOf(9), showing("c3"), keep)).toBe("first");
    await receipts.shown(versionOf(1, "order-2"), showing("c4"), keep);
    expect([...(await receipts.showings(channel, "order-1"))]).toEqual([
      [9, showing("c3")],
      [10, showing("c1")],
    ]);
    expect(await receipts.showings(channel, "order-3")).toEqual(new Map());
  });

  it(`${name} has one first among many at once`, async () => {
    await using test = await create();
    const clients = Array.from({ length: 20 }, (_, index) => `c${index}`);
    const answers = await Promise.all(
      clients.map((client) => test.receipts.shown(versionOf(1), showing(client), { ...keep, tellWithinMs: 0 })),
    );
    expect(answers.filter((answer) => answer === "first")).toHaveLength(1);
    expect(named(await test.receipts.claim(10, 60_000))).toEqual(["shown order-1 1"]);
  });

  it(`${name} keeps so many versions of a subject, and says when there are more`, async () => {
    await using test = await create();
    const { receipts } = test;
    for (let version = 1; version <= MAX_SHOWN_VERSIONS; version += 1)
      expect(await receipts.shown(versionOf(version), showing("c1"), keep)).toBe("first");
    expect(await receipts.shown(versionOf(99), showing("c1"), keep)).toBe("full");
    expect(await receipts.shown(versionOf(1), showing("c1"), keep)).toBe("again");
    expect((await receipts.showings(channel, "order-1")).size).toBe(MAX_SHOWN_VERSIONS);
  });

  it(`${name} forgets showings when their time is over`, async () => {
    await using test = await create();
    await test.receipts.shown(versionOf(1), showing("c1"), { keepMs: 50 });
    await expect.poll(async () => (await test.receipts.showings(channel, "order-1")).size).toBe(0);
  });

  it(`${name} gives out what is due, once, the oldest first, and again when the lease is over`, async () => {
    await using test = await create();
    const { receipts } = test;
    await receipts.expect(versionOf(1), 0);
    await receipts.expect(versionOf(2), 60_000);
    await receipts.shown(versionOf(3), showing("c1"), { ...keep, tellWithinMs: 30 });
    await receipts.shown(versionOf(4), showing("c1"), keep);
    await expect.poll(async () => named(await receipts.claim(1, 300))).toEqual(["deadline order-1 1"]);
    const rest: DueReceipt[] = [];
    await expect
      .poll(async () => {
        rest.push(...(await receipts.claim(10, 60_000)));
        return named(rest);
      })
      .toEqual(["deadline order-1 1", "shown order-1 3"]);
    expect(rest[0]).toEqual({ ...versionOf(3), why: "shown" });
    for (const receipt of rest) await receipts.settle(receipt);
    await receipts.settle({ ...versionOf(77), why: "deadline" });
    expect(await receipts.claim(10, 0)).toEqual([]);
  });

  it(`${name} gives each receipt to one of many who claim at once`, async () => {
    await using test = await create();
    for (let version = 1; version <= 12; version += 1) await test.receipts.expect(versionOf(version), 0);
    const claimed = await Promise.all(Array.from({ length: 6 }, () => test.receipts.claim(4, 60_000)));
    expect(
      claimed
        .flat()
        .map(({ version }) => version)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it(`${name} watches a version once, from the first time on, and so many of them`, async () => {
    await using test = await create();
    const { receipts } = test;
    expect(await receipts.expect(versionOf(1), 0)).toBe(true);
    expect(await receipts.expect(versionOf(1), 60_000)).toBe(true);
    expect(named(await receipts.claim(10, 60_000))).toEqual(["deadline order-1 1"]);
    for (let version = 2; version <= MAX_WATCHED; version += 1)
      expect(await receipts.expect(versionOf(version), 60_000)).toBe(true);
    expect(await receipts.expect(versionOf(99), 60_000)).toBe(false);
    expect(await receipts.expect(versionOf(2), 60_000)).toBe(true);
    // Shown is kept all the same: only nobody is told.
    expect(await receipts.shown(versionOf(99), showing("c1"), { ...keep, tellWithinMs: 0 })).toBe("first");
  });
}
