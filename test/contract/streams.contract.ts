import type { Append, Appended, Streams } from "@bellwire/hub";
import { ChannelName, type Position, type Publication } from "@bellwire/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { publishAtOnce, publishers } from "./many-publishers.ts";

/** Streams in a store of their own, seen through two clients as two nodes would. */
export interface TestStreams extends AsyncDisposable {
  readonly streams: Streams;
  readonly other: Streams;
  /** The store comes back empty. */
  wipe(): Promise<void>;
}

const channel = ChannelName.parse("orders:user#42");
const MINUTE = 60_000;

const appendOf = (data: string, more: Partial<Append> = {}): Append => ({
  channel,
  data,
  dedupMs: MINUTE,
  versionTtlMs: MINUTE,
  history: { size: 100, ttlMs: MINUTE },
  ...more,
});

/** What every Streams promises. */
export function describeStreamsContract(name: string, create: () => Promise<TestStreams>): void {
  it(`${name} counts appends 1, 2, 3 within one epoch`, async () => {
    await using test = await create();
    const appended: Appended[] = [];
    for (const data of ["a", "b", "c"]) appended.push(await test.streams.append(appendOf(data)));
    expect(appended.map(({ kind, position }) => [kind, position.offset])).toEqual([
      ["appended", 1],
      ["appended", 2],
      ["appended", 3],
    ]);
    expect(new Set(appended.map(({ position }) => position.epoch)).size).toBe(1);
  });

  it(`${name} gives back data, info and tags as they were`, async () => {
    await using test = await create();
    const publication: Omit<Publication, "offset"> = {
      data: '{"text":"grüße — {}\\n","n":1}',
      info: { user: "42", client: "c-1", connInfo: '{"a":1}' },
      tags: { region: "eu", odd: "ä:{}" },
    };
    const { data, ...rest } = publication;
    await test.streams.append(appendOf(data, rest));
    await test.streams.append(appendOf('"plain"'));
    const slice = await test.other.read(channel, { limit: 10 });
    expect(slice.publications).toStrictEqual([
      { ...publication, offset: 1 },
      { data: '"plain"', offset: 2 },
    ]);
  });

  it(`${name} keeps channels with odd names apart`, async () => {
    await using test = await create();
    const names = ["x", "}x", "{x}", "x}:version:y", "%7Bx", "{", "}", "{}", "a}b{c"].map((text) =>
      ChannelName.parse(text),
    );
    for (const odd of names) await test.streams.append(appendOf(JSON.stringify(odd), { channel: odd, eventId: "e" }));
    for (const odd of names) {
      const slice = await test.streams.read(odd, { limit: 10 });
      expect(slice.publications.map(({ data }) => data)).toEqual([JSON.stringify(odd)]);
    }
  });

  it(`${name} answers a repeated event id as it did the first time`, async () => {
    await using test = await create();
    const first = await test.streams.append(appendOf('"first"', { eventId: "e-1" }));
    await test.streams.append(appendOf('"second"', { eventId: "e-2" }));
    const again = await test.other.append(appendOf('"changed"', { eventId: "e-1" }));
    expect(again).toEqual({ ...first, kind: "duplicate" });
    expect((await test.streams.read(channel, { limit: 10 })).publications).toHaveLength(2);
  });

  it(`${name} answers a duplicate without its publication once that is trimmed away`, async () => {
    await using test = await create();
    const history = { size: 1, ttlMs: MINUTE };
    const first = await test.streams.append(appendOf('"first"', { eventId: "e-1", history }));
    await test.streams.append(appendOf('"second"', { history }));
    const again = await test.streams.append(appendOf('"first"', { eventId: "e-1", history }));
    expect(again).toEqual({ kind: "duplicate", position: first.position, holders: [] });
  });

  it(`${name} forgets an event id after its window`, async () => {
    await using test = await create();
    await test.streams.append(appendOf('"a"', { eventId: "e", dedupMs: 50 }));
    await expect
      .poll(async () => (await test.streams.append(appendOf('"a"', { eventId: "e", dedupMs: MINUTE }))).position.offset)
      .toBe(2);
  });

  it(`${name} refuses a version that is not newer, and writes nothing then`, async () => {
    await using test = await create();
    const version = (number: number, subject = "order-1", epoch?: string) => ({
      version: { subject, number, ...(epoch !== undefined && { epoch }) },
    });
    const kinds: string[] = [];
    for (const step of [version(2), version(2), version(1), version(10), version(9), version(1, "order-2")])
      kinds.push((await test.streams.append(appendOf('"x"', step))).kind);
    kinds.push((await test.streams.append(appendOf('"x"', version(1, "order-1", "restarted")))).kind);
    expect(kinds).toEqual(["appended", "stale", "stale", "appended", "stale", "appended", "appended"]);
    expect((await test.streams.read(channel, { limit: 0 })).top.offset).toBe(4);
    // A stale event is not remembered as done: its id may still be appended with a newer version.
    const stale = await test.streams.append(appendOf('"x"', { eventId: "e", ...version(1, "order-2") }));
    const newer = await test.streams.append(appendOf('"x"', { eventId: "e", ...version(2, "order-2") }));
    expect([stale.kind, newer.kind]).toEqual(["stale", "appended"]);
  });

  it(`${name} refuses a version ahead of its turn where the next one is asked for, and takes it in its turn`, async () => {
    await using test = await create();
    const kinds: string[] = [];
    const step = async (number: number, next = true) => {
      const version = { subject: "order-1", number, ...(next && { next }) };
      kinds.push((await test.streams.append(appendOf('"x"', { eventId: `e-${number}`, version }))).kind);
    };
    for (const number of [2, 1, 3, 2, 3, 4]) await step(number);
    await step(9, false);
    await step(9);
    await step(10);
    expect(kinds).toEqual([
      "early",
      "appended",
      "early",
      "appended",
      "appended",
      "appended",
      "appended",
      "duplicate",
      "appended",
    ]);
  });

  it(`${name} de-duplicates and checks versions in a channel without history too`, async () => {
    await using test = await create();
    const history = { size: 0, ttlMs: 0 };
    const version = { subject: "s", number: 1 };
    await test.streams.join(channel, "node-a", { limit: 0 });
    const first = await test.streams.append(appendOf('"a"', { history, eventId: "e", version }));
    const again = await test.streams.append(appendOf('"a"', { history, eventId: "e", version }));
    const stale = await test.streams.append(appendOf('"b"', { history, version }));
    expect(first).toMatchObject({ kind: "appended", position: { offset: 0 }, holders: ["node-a"] });
    expect(again).toMatchObject({ kind: "duplicate", position: first.position, holders: ["node-a"] });
    expect(stale.kind).toBe("stale");
    expect((await test.streams.read(channel, { limit: 10 })).publications).toEqual([]);
  });

  it(`${name} trims to exactly the size`, async () => {
    await using test = await create();
    const history = { size: 3, ttlMs: MINUTE };
    for (let count = 0; count < 250; count++) await test.streams.append(appendOf(String(count), { history }));
    const slice = await test.streams.read(channel, { limit: 1_000 });
    expect(slice.publications.map(({ offset }) => offset)).toEqual([248, 249, 250]);
    expect(slice.top.offset).toBe(250);
  });

  it(`${name} reads after and before an offset, forward and backward, within the limit`, async () => {
    await using test = await create();
    for (let count = 1; count <= 5; count++) await test.streams.append(appendOf(String(count)));
    const read = async (range: Parameters<Streams["read"]>[1]) =>
      (await test.streams.read(channel, range)).publications.map(({ offset }) => offset);
    expect(await read({ limit: 10 })).toEqual([1, 2, 3, 4, 5]);
    expect(await read({ limit: 2 })).toEqual([1, 2]);
    expect(await read({ limit: 0 })).toEqual([]);
    expect(await read({ since: 0, limit: 2 })).toEqual([1, 2]);
    expect(await read({ since: 3, limit: 10 })).toEqual([4, 5]);
    expect(await read({ since: 5, limit: 10 })).toEqual([]);
    expect(await read({ since: Number.MAX_SAFE_INTEGER, limit: 10 })).toEqual([]);
    expect(await read({ limit: 2, reverse: true })).toEqual([5, 4]);
    expect(await read({ since: 4, limit: 2, reverse: true })).toEqual([3, 2]);
    expect(await read({ since: 1, limit: 2, reverse: true })).toEqual([]);
    expect(await read({ since: 0, limit: 2, reverse: true })).toEqual([]);
  });

  it(`${name} gives an unknown channel a position that stays`, async () => {
    await using test = await create();
    const before = await test.streams.read(channel, { limit: 10 });
    expect(before).toMatchObject({ top: { offset: 0 }, publications: [] });
    const first = await test.other.append(appendOf('"a"'));
    expect(first.position).toEqual({ epoch: before.top.epoch, offset: 1 });
  });

  it(`${name} tells the tops of many channels, and which are unknown`, async () => {
    await using test = await create();
    const names = Array.from({ length: 1_200 }, (_, index) => ChannelName.parse(`c:${index}`));
    const [known = channel, , alsoKnown = channel] = names;
    const tops = new Map<string, Position>();
    for (const one of [known, known, alsoKnown])
      tops.set(one, (await test.streams.append(appendOf('"a"', { channel: one }))).position);
    expect(await test.streams.tops(names)).toEqual(names.map((one) => tops.get(one)));
    expect(await test.streams.tops([])).toEqual([]);
  });

  it(`${name} keeps the position when the history expires`, async () => {
    await using test = await create();
    const history = { size: 10, ttlMs: 50 };
    const first = await test.streams.append(appendOf('"a"', { history }));
    await expect.poll(async () => (await test.streams.read(channel, { limit: 10 })).publications).toEqual([]);
    expect((await test.streams.read(channel, { limit: 0 })).top).toEqual(first.position);
    const next = await test.streams.append(appendOf('"b"', { history }));
    expect(next.position).toEqual({ epoch: first.position.epoch, offset: 2 });
  });

  it(`${name} begins a new epoch when the store came back empty`, async () => {
    await using test = await create();
    const first = await test.streams.append(appendOf('"a"', { eventId: "e" }));
    await test.wipe();
    expect(await test.streams.tops([channel])).toEqual([undefined]);
    const next = await test.streams.append(appendOf('"a"', { eventId: "e" }));
    expect(next).toMatchObject({ kind: "appended", position: { offset: 1 } });
    expect(next.position.epoch).not.toBe(first.position.epoch);
    await test.wipe();
    const third = await test.streams.read(channel, { limit: 0 });
    expect([first.position.epoch, next.position.epoch]).not.toContain(third.top.epoch);
  });

  it(`${name} names the nodes that hold the channel until they leave`, async () => {
    await using test = await create();
    const holders = async () => {
      const appended = await test.streams.append(appendOf('"a"'));
      return "holders" in appended ? [...appended.holders].sort() : [];
    };
    expect(await holders()).toEqual([]);
    await test.streams.join(channel, "a", { limit: 0 });
    await test.other.join(channel, "b", { limit: 0 });
    await test.other.join(channel, "b", { limit: 0 });
    expect(await holders()).toEqual(["a", "b"]);
    await test.streams.leave(channel, "a");
    expect(await holders()).toEqual(["b"]);
    await test.other.leave(channel, "b");
    await test.other.leave(channel, "b");
    expect(await holders()).toEqual([]);
  });

  it(`${name} gives concurrent appends offsets without gap or repeat`, async () => {
    await using test = await create();
    const appends = Array.from({ length: 200 }, (_, index) =>
      (index % 2 ? test.streams : test.other).append(appendOf(String(index))),
    );
    const offsets = (await Promise.all(appends)).map(({ position }) => position.offset);
    expect(offsets.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it(`${name} tells who holds a channel now`, async () => {
    await using test = await create();
    expect(await test.streams.holders(channel)).toEqual([]);
    await test.streams.join(channel, "a", { limit: 0 });
    await test.other.join(channel, "b", { limit: 0 });
    expect([...(await test.streams.holders(channel))].sort()).toEqual(["a", "b"]);
    await test.streams.leave(channel, "a");
    expect(await test.other.holders(channel)).toEqual(["b"]);
  });

  it(`${name} removes what is kept of a channel, and keeps position, event ids and versions`, async () => {
    await using test = await create();
    const first = appendOf("1", { eventId: "e1", version: { subject: "s", number: 4 } });
    const { position } = await test.streams.append(first);
    await test.streams.append(appendOf("2"));
    await test.streams.clear(channel);
    expect(await test.other.read(channel, { limit: 10 })).toEqual({
      top: { epoch: position.epoch, offset: 2 },
      publications: [],
    });
    expect(await test.streams.append(first)).toMatchObject({ kind: "duplicate", position });
    expect(await test.streams.append({ ...first, eventId: "e2" })).toMatchObject({ kind: "stale" });
    await test.streams.append(appendOf("3"));
    expect((await test.streams.read(channel, { limit: 10 })).publications).toMatchObject([{ data: "3", offset: 3 }]);
    await test.streams.clear(ChannelName.parse("promo:unknown"));
  });

  it(`${name} loses no publication between a join and the appends around it`, async () => {
    await using test = await create();
    let round = 0;
    const plans = fc.array(fc.constantFrom("join", "append", "append elsewhere"), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(plans, (plan) => race(test, ChannelName.parse(`race:${round++}`), plan)),
      { numRuns: 50 },
    );
  });

  it(`${name} keeps one truth of many publishers at once, whatever they repeat and however their appends meet`, async () => {
    await using test = await create();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(publishers, (plan) => {
        const here = ChannelName.parse(`many:${round++}`);
        return publishAtOnce(test, plan, (data, more) => appendOf(data, { ...more, channel: here }));
      }),
      { numRuns: 60 },
    );
  });

  it(`${name} does what a simple model does`, async () => {
    await using test = await create();
    let round = 0;
    const plans = fc.array(step, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(plans, (plan) => compare(test, ChannelName.parse(`model:${round++}`), plan)),
      { numRuns: 60 },
    );
  });
}

/** All at once: each publication is either in a join's slice, or its append named the node, never neither or both. */
async function race(test: TestStreams, here: ChannelName, plan: readonly string[]): Promise<void> {
  const slices: Array<Promise<{ node: string; seen: ReadonlySet<number> }>> = [];
  const appends: Array<Promise<Appended>> = [];
  for (const [index, what] of plan.entries()) {
    const node = `n-${index}`;
    const streams = what === "append" ? test.streams : test.other;
    if (what === "join")
      slices.push(
        test.other
          .join(here, node, { limit: 100 })
          .then(({ publications }) => ({ node, seen: new Set(publications.map(({ offset }) => offset)) })),
      );
    else appends.push(streams.append(appendOf(String(index), { channel: here })));
  }
  const joined = await Promise.all(slices);
  for (const one of await Promise.all(appends)) {
    const holders = "holders" in one ? one.holders : [];
    const both = joined.filter(({ node, seen }) => holders.includes(node) === seen.has(one.position.offset));
    expect(both).toEqual([]);
  }
}

/** One after another, against the model. */
async function compare(test: TestStreams, here: ChannelName, plan: readonly Step[]): Promise<void> {
  const model = new Model();
  let epoch = "";
  for (const [index, next] of plan.entries()) {
    const data = String(index);
    switch (next.kind) {
      case "join": {
        const slice = await test.streams.join(here, next.node, { limit: 100 });
        model.holders.add(next.node);
        epoch ||= slice.top.epoch;
        expect(slice).toEqual({ top: { epoch, offset: model.top }, publications: model.entries });
        break;
      }
      case "leave":
        await test.other.leave(here, next.node);
        model.holders.delete(next.node);
        break;
      case "append": {
        const { size, ...rest } = next.append;
        const history = { size, ttlMs: MINUTE };
        const appended = await test.streams.append(appendOf(data, { ...rest, channel: here, history }));
        epoch ||= appended.position.epoch;
        expect(sorted(appended)).toEqual(model.append(data, next.append, epoch));
        break;
      }
      default:
        next satisfies never;
    }
  }
}

const sorted = (appended: Appended): Appended =>
  !("holders" in appended) ? appended : { ...appended, holders: [...appended.holders].sort() };

type Step =
  | { readonly kind: "append"; readonly append: ModelAppend }
  | { readonly kind: "join" | "leave"; readonly node: string };

type ModelAppend = { readonly size: number } & Pick<Append, "eventId" | "version">;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      append: fc.record(
        {
          size: fc.constantFrom(0, 1, 3, 10),
          eventId: fc.constantFrom("e1", "e2", "e3"),
          version: fc.record({ subject: fc.constantFrom("s1", "s2"), number: fc.integer({ min: 1, max: 6 }) }),
        },
        { requiredKeys: ["size"] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("join" as const), node: fc.constantFrom("a", "b") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), node: fc.constantFrom("a", "b") }) },
);

/** The least that a stream is: no time, no concurrency. */
class Model {
  top = 0;
  entries: Publication[] = [];
  readonly holders = new Set<string>();
  readonly #seen = new Map<string, number>();
  readonly #versions = new Map<string, number>();

  append(data: string, { size, eventId, version }: ModelAppend, epoch: string): Appended {
    const holders = [...this.holders].sort();
    const seen = eventId === undefined ? undefined : this.#seen.get(eventId);
    if (seen !== undefined) {
      const publication = this.entries.find(({ offset }) => offset === seen);
      return { kind: "duplicate", position: { epoch, offset: seen }, ...(publication && { publication }), holders };
    }
    if (version && version.number <= (this.#versions.get(version.subject) ?? 0))
      return { kind: "stale", position: { epoch, offset: this.top } };
    if (version) this.#versions.set(version.subject, version.number);
    const offset = size === 0 ? 0 : ++this.top;
    const publication = { data, offset };
    if (size > 0) this.entries = [...this.entries, publication].slice(-size);
    if (eventId !== undefined) this.#seen.set(eventId, offset);
    return { kind: "appended", position: { epoch, offset }, publication, holders };
  }
}
