import type { Hub } from "@bellwire/hub";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Client, createWorld, type World } from "./fixture.ts";

const channel = "promo:all";
const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
const steps = ["publish", "publish", "publish", "join", "leave", "back", "check"] as const;
type Step = (typeof steps)[number];

it("keeps every promise of a channel, whatever the bus does and whoever comes and goes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...steps), { minLength: 5, maxLength: 60 }),
      fc.record({ lose: share(0.6), double: share(0.5), delay: share(0.8) }),
      fc.integer({ min: 0, max: 8 }),
      async (story, mischief, storeDelayMs) => {
        using world = createWorld({
          memory: { mischief: { ...mischief, delayMs: 5 } },
          limits: { holeMs: 3, lingerMs: 1 },
          storeDelayMs,
        });
        const play = new Play(world);
        for (const [index, step] of story.entries()) {
          await play.act(step, index);
          // Lets arrivals, which take a few turns, overlap with the steps that follow.
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await play.settle();
        for (const { seen, start } of play.readers) expect(seen).toEqual(range(start + 1, play.published));
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Two nodes, readers that join, leave and come back, and a publisher. */
class Play {
  readonly readers: Reader[] = [];
  published = 0;
  #arriving: Promise<unknown> = Promise.resolve();
  readonly #world: World;
  readonly #hubs: readonly [Hub, Hub];

  constructor(world: World) {
    this.#world = world;
    this.#hubs = [world.node("node-0"), world.node("node-1")];
  }

  async act(step: Step, index: number): Promise<void> {
    const hub = this.#hubs[index % 2 === 0 ? 0 : 1];
    const reader = this.readers[index % Math.max(1, this.readers.length)];
    switch (step) {
      case "publish":
        this.published += 1;
        void this.#world.publish(hub, channel, this.published);
        break;
      case "join":
        this.#begin(async () => this.readers.push(await Reader.join(this.#world, hub)));
        break;
      case "leave":
        await this.#arrivals();
        reader?.leave();
        break;
      case "back":
        if (reader !== undefined) this.#begin(() => reader.back(this.#world, hub));
        break;
      case "check":
        void hub.checkPositions();
        break;
      default:
        step satisfies never;
    }
  }

  /** Arrivals overlap with what is published meanwhile, and end before anybody leaves. */
  #begin(arrival: () => Promise<unknown>): void {
    this.#arriving = this.#arriving.then(arrival);
  }

  async #arrivals(): Promise<void> {
    await this.#arriving;
  }

  /** Everybody comes back, and in the end everybody has everything. */
  async settle(): Promise<void> {
    await this.#arrivals();
    for (const reader of this.readers) if (reader.isAway) await reader.back(this.#world, this.#hubs[0]);
    const behind = async () => {
      await Promise.all(this.#hubs.map((hub) => hub.checkPositions()));
      return this.readers.filter((reader) => reader.last !== this.published).length;
    };
    await expect.poll(behind, { timeout: 3_000, interval: 10 }).toBe(0);
  }
}

interface Subscribed {
  readonly epoch: string;
  readonly offset: number;
  readonly recovered?: boolean;
  readonly publications?: ReadonlyArray<{ readonly offset: number }>;
}

/** What one application saw over all its connections, as an SDK hands it on. */
class Reader {
  readonly start: number;
  readonly seen: number[] = [];
  isAway = false;
  readonly #epoch: string;
  #client: Client;
  #taken = 0;

  private constructor(client: Client, subscribed: Subscribed) {
    this.#client = client;
    this.#epoch = subscribed.epoch;
    this.start = subscribed.offset;
  }

  static async join(world: World, hub: Hub): Promise<Reader> {
    const client = await world.client(hub).connected("ada");
    return new Reader(client, (await client.call("subscribe", { channel })).subscribe as Subscribed);
  }

  get last(): number {
    this.#read();
    return this.seen.at(-1) ?? this.start;
  }

  leave(): void {
    this.#read();
    this.isAway = true;
    this.#client.connection.closed();
  }

  async back(world: World, hub: Hub): Promise<void> {
    if (!this.isAway) this.leave();
    this.#client = await world.client(hub).connected("ada");
    this.#taken = 0;
    const position = { recover: true, epoch: this.#epoch, offset: this.seen.at(-1) ?? this.start };
    const subscribed = (await this.#client.call("subscribe", { channel, ...position })).subscribe as Subscribed;
    expect(subscribed.recovered).toBe(true);
    this.seen.push(...(subscribed.publications ?? []).map(({ offset }) => offset));
    this.isAway = false;
  }

  #read(): void {
    if (this.isAway) return;
    const offsets = this.#client.offsets(channel);
    this.seen.push(...offsets.slice(this.#taken));
    this.#taken = offsets.length;
    expect(this.#client.unsubscribedFrom(channel)).toBeUndefined();
  }
}
