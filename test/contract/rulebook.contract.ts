import { MAX_RULES, type Rulebook } from "@bellwire/hub";
import { expect, it } from "vitest";

export interface TestRulebook extends AsyncDisposable {
  readonly rulebook: Rulebook;
  /** The same book as another process sees it. */
  readonly other: Rulebook;
  wipe(): Promise<void>;
}

/** What every Rulebook promises. */
export function describeRulebookContract(name: string, create: () => Promise<TestRulebook>): void {
  const entriesOf = async (book: Rulebook) => Object.fromEntries((await book.read())?.entries ?? []);

  it(`${name} is empty and without a version until somebody writes`, async () => {
    await using test = await create();
    expect(await test.rulebook.read()).toEqual({ version: "", entries: new Map() });
    expect(await test.rulebook.read("")).toBeUndefined();
  });

  it(`${name} shows everybody what was written last, and nothing while the version is known`, async () => {
    await using test = await create();
    await test.rulebook.write(
      new Map([
        ["strategy", "p2c"],
        ["weight a b", '5 ü\n"'],
      ]),
    );
    const rules = await test.other.read("");
    expect(rules?.entries).toEqual(
      new Map([
        ["strategy", "p2c"],
        ["weight a b", '5 ü\n"'],
      ]),
    );
    expect(await test.rulebook.read(rules?.version)).toBeUndefined();
    await test.other.write(new Map([["strategy", "random"]]));
    expect(await test.rulebook.read(rules?.version)).toMatchObject({ version: expect.not.stringMatching(/^$/) });
    expect(await entriesOf(test.rulebook)).toEqual({ strategy: "random", "weight a b": '5 ü\n"' });
  });

  it(`${name} takes out what is given as undefined, together with what is written`, async () => {
    await using test = await create();
    await test.rulebook.write(
      new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    await test.rulebook.write(
      new Map<string, string | undefined>([
        ["a", undefined],
        ["c", ""],
        ["never", undefined],
      ]),
    );
    expect(await entriesOf(test.other)).toEqual({ b: "2", c: "" });
  });

  it(`${name} changes its version when the same is written again`, async () => {
    await using test = await create();
    await test.rulebook.write(new Map([["a", "1"]]));
    const before = await test.rulebook.read();
    await test.rulebook.write(new Map([["a", "1"]]));
    expect((await test.rulebook.read(before?.version))?.entries).toEqual(before?.entries);
  });

  it(`${name} that has lost its data has no version, is restored once, and never has an old version again`, async () => {
    await using test = await create();
    await test.rulebook.write(new Map([["a", "1"]]));
    const before = await test.rulebook.read();
    await test.wipe();
    expect(await test.rulebook.read(before?.version)).toEqual({ version: "", entries: new Map() });
    await test.rulebook.restore(new Map([["a", "1"]]));
    await test.other.restore(new Map([["b", "2"]]));
    expect((await test.other.read(before?.version))?.entries).toEqual(new Map([["a", "1"]]));
  });

  it(`${name} keeps ${MAX_RULES} entries and drops those written longest ago`, async () => {
    await using test = await create();
    await test.rulebook.write(new Map([["written again", "1"]]));
    await test.rulebook.write(new Map([["longest ago", "1"]]));
    await test.rulebook.write(new Map([["written again", "2"]]));
    const many = Array.from({ length: MAX_RULES - 1 }, (_, index) => [`rule ${index}`, "x"] as const);
    await test.rulebook.write(new Map(many));
    const entries = await entriesOf(test.other);
    expect(Object.keys(entries)).toHaveLength(MAX_RULES);
    expect([entries["written again"], entries["longest ago"]]).toEqual(["2", undefined]);
  });
}
