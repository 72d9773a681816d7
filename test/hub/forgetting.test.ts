import type { Hub } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Client, createWorld, type World } from "./fixture.ts";

const channel = "promo:all";
const steps = ["publish", "publish", "join", "leave", "leave", "back", "back", "check", "wipe"] as const;
type Step = (typeof steps)[number];

it("leaves nobody behind, whenever the store forgets everything", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...steps), { minLength: 5, maxLength: 40 }),
      fc.double({ min: 0, max: 0.6, noNaN: true }),
      fc.integer({ min: 0, max: 6 }),
      async (story, lose, storeDelayMs) => {
        using world = createWorld({ memory: { mischief: { lose } }, limits: { holeMs: 3 }, storeDelayMs });
        const play = new Play(world);
        for (const [index, step] of story.entries()) {
          await play.act(step, index);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await play.settle();
      },
    ),
    // A failing run takes seconds: no shrinking.
    { numRuns: 150, endOnFailure: true },
  );
}, 60_000);

/** Two nodes, and readers that follow one channel as an SDK does, over all that happens to it. */
class Play {
  readonly #world: World;
  readonly #hubs: readonly [Hub, Hub];
  readonly #readers: Reader[] = [];
  #arriving: Promise<unknown> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
    this.#hubs = [world.node("node-0"), world.node("node-1")];
  }

  async act(step: Step, index: number): Promise<void> {
    const hub = this.#hubs[index % 2 === 0 ? 0 : 1];
    const reader = this.#readers[index % Math.max(1, this.#readers.length)];
    switch (step) {
      case "publish":
        void this.#world.publish(hub, channel, index);
        break;
      case "join":
        this.#begin(async () => {
          const joined = new Reader();
          await joined.subscribe(this.#world, hub);
          this.#readers.push(joined);
        });
        break;
      case "leave":
        await this.#arriving;
        reader?.leave();
        break;
      case "back":
        if (reader !== undefined) this.#begin(() => reader.subscribe(this.#world, hub));
        break;
      case "check":
        void hub.checkPositions();
        break;
      case "wipe":
        this.#world.cluster.wipe();
        break;
      default:
        step satisfies never;
    }
  }

  /** Everybody is at the top in the end, whoever has to come back for that comes back by itself. */
  async settle(): Promise<void> {
    await this.#arriving;
    await Promise.all(this.#hubs.map((hub) => hub.reconcile()));
    await this.#world.publish(this.#hubs[1], channel, "the last");
    const behind = async () => {
      for (const reader of this.#readers) if (reader.mustComeBack) await reader.subscribe(this.#world, this.#hubs[0]);
      await Promise.all(this.#hubs.map((hub) => hub.checkPositions()));
      const [top] = await this.#world.cluster.streams.tops([ChannelName.parse(channel)]);
      return this.#readers.filter(({ position }) => position.epoch !== top?.epoch || position.offset !== top.offset);
    };
    await expect.poll(async () => (await behind()).length, { timeout: 3_000, interval: 10 }).toBe(0);
  }

  #begin(arrival: () => Promise<unknown>): void {
    this.#arriving = this.#arriving.then(arrival);
  }
}

interface Position {
  readonly epoch: string;
  readonly offset: number;
}
type Subscribed = Position & { readonly recovered?: boolean; readonly publications?: readonly Position[] };

/** One application's place in the channel. Within an epoch it sees each offset once and in order, unless it is told. */
class Reader {
  #client: Client | undefined;
  #epoch = "";
  #offset: number | undefined;
  #taken = 0;

  get position(): Position {
    this.#read();
    return { epoch: this.#epoch, offset: this.#offset ?? 0 };
  }

  get mustComeBack(): boolean {
    return this.#client === undefined || this.#client.unsubscribedFrom(channel) !== undefined;
  }

  leave(): void {
    this.#read();
    this.#client?.connection.closed();
    this.#client = undefined;
  }

  async subscribe(world: World, hub: Hub): Promise<void> {
    this.leave();
    const client = await world.client(hub).connected("ada");
    const since = this.#offset === undefined ? {} : { recover: true, epoch: this.#epoch, offset: this.#offset };
    const reply = (await client.call("subscribe", { channel, ...since })) as { readonly subscribe?: Subscribed };
    // Where history and live did not meet the client tries again.
    if (reply.subscribe === undefined) return client.connection.closed();
    const { epoch, offset, recovered = false, publications = [] } = reply.subscribe;
    if (recovered) this.#see(publications.map((publication) => publication.offset));
    else this.#offset = offset;
    this.#epoch = epoch;
    this.#taken = 0;
    this.#client = client;
  }

  #read(): void {
    const offsets = this.#client?.offsets(channel) ?? [];
    this.#see(offsets.slice(this.#taken));
    this.#taken = offsets.length;
  }

  #see(offsets: readonly number[]): void {
    for (const offset of offsets) {
      expect(offset).toBe((this.#offset ?? 0) + 1);
      this.#offset = offset;
    }
  }
}
