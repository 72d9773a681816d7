import fc from "fast-check";
import { expect, it } from "vitest";
import { settle } from "./balance.ts";
import { Ledger } from "./ledger.ts";
import { isBalanced } from "./table.ts";

const CHANNEL = "orders:user#ada";

/** What happens in a shop whose outbox is in a Redis that loses data, and a relay that may die between send and removal. */
const story = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({ kind: "accept" as const }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("send" as const), removes: fc.boolean() }) },
    { weight: 2, arbitrary: fc.constant({ kind: "copy" as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), older: fc.boolean(), late: fc.nat(2) }) },
  ),
  { maxLength: 60 },
);

type Step = typeof story extends fc.Arbitrary<ReadonlyArray<infer One>> ? One : never;

/** A shop, its outbox, and one client that sees at once what was sent. */
class World {
  readonly ledger = new Ledger();
  readonly sent = new Set<string>();
  /** Events that were in the outbox alone when Redis lost it. */
  readonly lost = new Set<string>();
  #outbox: string[] = [];
  #copied: readonly string[] = [];
  #at = 0;
  #count = 0;

  constructor() {
    const begin = { epoch: "e1", offset: 0, wasRecovering: false, recovered: false };
    this.ledger.note({ kind: "subscribed", client: "tab", channel: CHANNEL, at: 0, ...begin });
  }

  take(step: Step): void {
    this.#at += 1;
    switch (step.kind) {
      case "accept":
        return this.#accept();
      case "send":
        return this.#send(step.removes);
      case "copy":
        this.#copied = [...this.#outbox];
        return;
      default:
        this.#lose(step);
    }
  }

  #accept(): void {
    this.#count += 1;
    const id = `p${this.#count}`;
    this.#outbox.push(id);
    this.ledger.offer({ id, channel: CHANNEL, way: "shop", at: this.#at });
    this.ledger.accept(id, this.#at);
  }

  #send(removes: boolean): void {
    const [id] = this.#outbox;
    if (id === undefined) return;
    if (removes) this.#outbox.shift();
    this.ledger.sent(id);
    if (this.sent.has(id)) return;
    this.sent.add(id);
    this.ledger.note({ kind: "seen", client: "tab", channel: CHANNEL, at: this.#at, offset: this.sent.size, id });
  }

  /** Some are accepted between the last look at the outbox and the end. */
  #lose({ older, late }: Step & { readonly kind: "lose" }): void {
    const held = new Set(this.#outbox);
    const readAt = this.#at;
    for (let count = 0; count < late; count += 1) {
      this.#at += 1;
      this.#accept();
    }
    const back = older ? this.#copied : [];
    for (const id of this.#outbox) if (!back.includes(id) && !this.sent.has(id)) this.lost.add(id);
    this.#outbox = [...back];
    // A copy does not outlive the data: what came back is what there is to come back with.
    this.#copied = back;
    this.#at += 1;
    this.ledger.storeLosses.push({
      at: this.#at,
      outbox: { held, readAt, copied: new Set(back), downUntil: this.#at },
    });
  }
}

function worldOf(steps: readonly Step[]): World {
  const world = new World();
  for (const step of steps) world.take(step);
  return world;
}

const notSeen = (world: World, ids: ReadonlySet<string>): boolean =>
  settle(world.ledger).findings.every(({ event }) => event !== undefined && !ids.has(event));

it("books exactly what only the outbox had when it was lost", () => {
  fc.assert(
    fc.property(story, (steps) => {
      const world = worldOf(steps);
      const { counts, findings } = settle(world.ledger);
      expect(counts.lostByStore).toBe(world.lost.size);
      expect(notSeen(world, world.lost)).toBe(true);
      // The rest still waits: nobody can explain why it was not sent.
      expect(findings.length).toBe(counts.accepted - world.sent.size - world.lost.size);
    }),
  );
});

it("never books an event that was on its way to RabbitMQ, whatever Redis lost", () => {
  fc.assert(
    fc.property(story, fc.nat(), (steps, pick) => {
      const world = worldOf(steps);
      const lost = [...world.lost];
      fc.pre(lost.length > 0);
      // It was sent after all, and nobody saw it.
      world.ledger.sent(lost[pick % lost.length] ?? "");
      expect(settle(world.ledger).counts.lostByStore).toBe(lost.length - 1);
      expect(isBalanced(settle(world.ledger))).toBe(false);
    }),
  );
});
