import type { Append, Appended, Streams } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import fc from "fast-check";
import { expect } from "vitest";

/** One try to publish step `number` of an order, as one of two events; `next` asks for its turn. */
export interface Try {
  readonly subject: string;
  readonly number: number;
  readonly event: "a" | "b";
  readonly next: boolean;
}

const aTry: fc.Arbitrary<Try> = fc.record({
  subject: fc.constantFrom("order-1", "order-2"),
  number: fc.integer({ min: 1, max: 6 }),
  event: fc.constantFrom("a", "b"),
  next: fc.boolean(),
});

/** Several publishers, each with its tries one after the other; the same step may be tried by many and again. */
export const publishers: fc.Arbitrary<readonly (readonly Try[])[]> = fc.array(
  fc.array(aTry, { minLength: 1, maxLength: 12 }),
  { minLength: 2, maxLength: 5 },
);

const nameOf = ({ subject, number, event }: Try): string => `${subject}.${number}.${event}`;

/** All publishers at once, over two clients: whatever the order in which their appends meet, there is one truth. */
export async function publishAtOnce(
  { streams, other }: { readonly streams: Streams; readonly other: Streams },
  plan: readonly (readonly Try[])[],
  appendOf: (data: string, more: Partial<Append>) => Append,
): Promise<void> {
  const answers = new Map<string, Appended[]>();
  const publish = async (tries: readonly Try[], client: Streams): Promise<void> => {
    for (const one of tries) {
      const { subject, number, next } = one;
      const eventId = nameOf(one);
      const version = { subject, number, ...(next && { next }) };
      const appended = await client.append(appendOf(JSON.stringify(one), { eventId, version }));
      answers.set(eventId, [...(answers.get(eventId) ?? []), appended]);
    }
  };
  await Promise.all(plan.map((tries, index) => publish(tries, index % 2 === 0 ? streams : other)));

  const { channel } = appendOf("", {});
  const kept = await inStream(streams, channel);
  expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, index) => index + 1));
  const last = new Map<string, number>();
  for (const { one } of kept) {
    const before = last.get(one.subject) ?? 0;
    expect(one.number, "an order runs forward").toBeGreaterThan(before);
    if (one.next) expect(one.number, "in its turn").toBe(before + 1);
    last.set(one.subject, one.number);
  }
  for (const [eventId, given] of answers) {
    const entry = kept.find(({ one }) => nameOf(one) === eventId);
    const taken = given.filter(({ kind }) => kind === "appended" || kind === "duplicate");
    expect(
      taken.map(({ position }) => position.offset),
      eventId,
    ).toEqual(taken.map(() => entry?.offset));
    expect(given.filter(({ kind }) => kind === "appended").length, eventId).toBe(entry === undefined ? 0 : 1);
    if (entry !== undefined)
      expect(
        given.map(({ kind }) => kind),
        eventId,
      ).not.toContain("stale");
  }
}

async function inStream(streams: Streams, channel: ChannelName) {
  const { publications } = await streams.read(channel, { limit: 100 });
  return publications.map(({ offset, data }) => ({ offset, one: JSON.parse(data) as Try }));
}
