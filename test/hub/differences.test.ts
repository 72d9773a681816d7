import type { Hub } from "@bellwire/hub";
import { Centrifuge } from "centrifuge";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Client, createWorld } from "./fixture.ts";

const channel = "delta:product";
const text = "Ein größeres Stück Text, das sich von Mal zu Mal nur wenig ändert: 日本語 🚚. ".repeat(4);
const state = (number: number) => ({ text, number, label: "é".repeat(number % 7) });

const unkept = { history: { size: 0, ttlMs: 1 } };

interface Received {
  readonly data: unknown;
  readonly offset?: number;
  readonly delta?: boolean;
}
/** How the official SDK makes whole payloads of what it is sent. */
const { _codec: sdk } = new Centrifuge("ws://127.0.0.1:1") as unknown as {
  readonly _codec: {
    applyDeltaIfNeeded(pub: Received, previous: unknown): { readonly newData: unknown; readonly newPrevValue: unknown };
  };
};

/** What an application with this client sees, over all its subscriptions. */
function seen({
  messages,
}: Client): Array<{ readonly offset: number; readonly value: unknown; readonly delta: boolean }> {
  let previous: unknown;
  return messages.flatMap(({ subscribe, push }) => {
    const { publications = [] } = (subscribe ?? {}) as { readonly publications?: readonly Received[] };
    const pubs = push?.channel === channel && push.pub !== undefined ? [push.pub as Received] : publications;
    return pubs.map((pub) => {
      const { newData, newPrevValue } = sdk.applyDeltaIfNeeded(pub, previous);
      previous = newPrevValue;
      return { offset: pub.offset ?? 0, value: newData, delta: pub.delta === true };
    });
  });
}

describe("who asks for differences", () => {
  it("gets the first publication whole, then differences; others get all of it whole and plain", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const [asking, plain] = [await world.client(hub).connected("ada"), await world.client(hub).connected("bob")];
    expect((await asking.call("subscribe", { channel, delta: "fossil" })).subscribe).toMatchObject({ delta: true });
    expect((await plain.call("subscribe", { channel })).subscribe).not.toHaveProperty("delta");
    for (const number of [1, 2, 3]) await world.publish(hub, channel, state(number));
    await expect.poll(() => plain.offsets(channel)).toEqual([1, 2, 3]);
    expect(seen(asking).map(({ value }) => value)).toEqual([1, 2, 3].map(state));
    expect(seen(asking).map(({ delta }) => delta)).toEqual([false, true, true]);
    expect(plain.pubs(channel).map(({ data }) => data)).toEqual([1, 2, 3].map(state));
  });

  it("gets what it missed whole, and differences again from the second publication on", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel, delta: "fossil" });
    await client.call("unsubscribe", { channel });
    for (const number of [1, 2]) await world.publish(hub, channel, state(number));
    await client.call("subscribe", { channel, delta: "fossil", recover: true, offset: 0 });
    for (const number of [3, 4]) await world.publish(hub, channel, state(number));
    await expect.poll(() => seen(client).length).toBe(4);
    expect(seen(client).map(({ value }) => value)).toEqual([1, 2, 3, 4].map(state));
    expect(seen(client).map(({ delta }) => delta)).toEqual([false, false, false, true]);
  });

  it("gets none where the namespace does not give them, and none of a kind that is not known", async () => {
    using world = createWorld();
    const client = await world.client(world.node("node-0")).connected("ada");
    const replies = [
      await client.call("subscribe", { channel: "promo:all", delta: "fossil" }),
      await client.call("subscribe", { channel, delta: "another" }),
    ];
    for (const { subscribe } of replies) expect(subscribe).not.toHaveProperty("delta");
  });

  it("is sent a difference only to what it was sent, though it was too slow for some", async () => {
    using world = createWorld({ limits: { slow: { softBytes: 10_000, hardBytes: 1_000_000, graceMs: 60_000 } } });
    const hub = world.node("node-0");
    const client = await world.client(hub).connected("ada");
    await client.call("subscribe", { channel, delta: "fossil" });
    const publish = (number: number) => world.publish(hub, channel, state(number), unkept);
    await publish(1);
    await expect.poll(() => seen(client).length).toBe(1);
    await client.fallsBehind(20_000);
    await publish(2);
    await expect.poll(() => world.counts.get("skipped")).toBe(1);
    client.backlog = 0;
    await client.call("ping");
    for (const number of [3, 4]) await publish(number);
    await expect.poll(() => seen(client).length).toBe(3);
    expect(seen(client).map(({ value }) => value)).toEqual([1, 3, 4].map(state));
    expect(seen(client).map(({ delta }) => delta)).toEqual([false, false, true]);
  });

  it("has every payload right, whatever the bus does", async () => {
    const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
    const mischief = fc.record({ lose: share(0.5), double: share(0.5), delay: share(0.8) });
    // Some publications are kept in the stream, others are not: those may get lost.
    const story = fc.array(fc.boolean(), { minLength: 3, maxLength: 20 });
    await fc.assert(fc.asyncProperty(mischief, story, play), { numRuns: 40 });
  }, 60_000);
});

async function play(
  mischief: { lose: number; double: number; delay: number },
  keeps: readonly boolean[],
): Promise<void> {
  using world = createWorld({ memory: { mischief: { ...mischief, delayMs: 5 } }, limits: { holeMs: 3 } });
  const hubs = [world.node("node-0"), world.node("node-1")];
  const here = hubs[0] as Hub;
  const client = await world.client(here).connected("ada");
  await client.call("subscribe", { channel, delta: "fossil" });
  for (const [number, keep] of keeps.entries())
    await world.publish(hubs[number % 2] ?? here, channel, state(number), keep ? {} : unkept);
  const kept = [...keeps.keys()].filter((number) => keeps[number]).map(state);
  const live = () => seen(client).filter(({ offset }) => offset > 0);
  const missing = async () => {
    await here.checkPositions();
    return kept.length - live().length;
  };
  await expect.poll(missing, { timeout: 3_000, interval: 5 }).toBe(0);
  expect(live().map(({ value }) => value)).toEqual(kept);
  for (const { value } of seen(client)) expect(value).toMatchObject({ text });
}
