import fc from "fast-check";
import { expect, it } from "vitest";
import { settle } from "./balance.ts";
import type { ClientRecord, FinalStream } from "./facts.ts";
import { Ledger } from "./ledger.ts";
import { isBalanced } from "./table.ts";

const CHANNEL = "orders:user#ada";

/** A right history: some clients on one stream, each of which leaves now and then and recovers or is told to reload. */
const history = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: "event" as const }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), client: fc.nat(2) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("return" as const), client: fc.nat(2), recovers: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: "wipe" as const }) },
    ),
    { maxLength: 60 },
  )
  .map((steps) => recordsOf(steps));

type Step =
  | { readonly kind: "event" }
  | { readonly kind: "wipe" }
  | { readonly kind: "leave"; readonly client: number }
  | { readonly kind: "return"; readonly client: number; readonly recovers: boolean };

interface History {
  readonly events: ReadonlyArray<{ readonly id: string; readonly at: number }>;
  readonly wipes: readonly number[];
  readonly records: readonly ClientRecord[];
  readonly end: Omit<FinalStream, "channel">;
}

const recordsOf = (steps: readonly Step[]): History => {
  const world = new World();
  for (const step of steps) world.take(step);
  return world.end();
};

interface Client {
  readonly name: string;
  offset: number;
  epoch: number;
  here: boolean;
}

/** A cluster in which nothing goes wrong but what may. */
class World {
  readonly #records: ClientRecord[] = [];
  readonly #events: Array<{ id: string; at: number }> = [];
  readonly #wipes: number[] = [];
  readonly #clients: Client[];
  #stream: string[] = [];
  #epoch = 1;
  #at = 0;

  constructor() {
    this.#clients = [0, 1, 2].map((number) => ({ name: `client-${number}`, offset: 0, epoch: 1, here: true }));
    for (const client of this.#clients) this.#subscribed(client, { wasRecovering: false, recovered: false });
  }

  take(step: Step): void {
    this.#at += 1;
    if (step.kind === "event") return this.#publish();
    if (step.kind === "wipe") return this.#wipe();
    const client = this.#clients[step.client];
    if (client === undefined) return;
    if (step.kind === "leave") client.here = false;
    else if (!client.here) this.#comeBack(client, step.recovers);
  }

  end(): History {
    for (const client of this.#clients) if (!client.here) this.#comeBack(client, true);
    const entries = this.#stream.map((id, index) => ({ id, offset: index + 1 }));
    const end = { epoch: `e${this.#epoch}`, top: entries.length, entries };
    return { events: this.#events, wipes: this.#wipes, records: this.#records, end };
  }

  #publish(): void {
    const id = `a.${this.#events.length + 1}`;
    this.#events.push({ id, at: this.#at });
    this.#stream.push(id);
    for (const client of this.#clients) if (client.here) this.#see(client);
  }

  #wipe(): void {
    this.#wipes.push(this.#at);
    this.#epoch += 1;
    this.#stream = [];
    for (const client of this.#clients) if (client.here) this.#comeBack(client, false);
  }

  #comeBack(client: Client, recovers: boolean): void {
    const recovered = recovers && client.epoch === this.#epoch;
    client.here = true;
    client.epoch = this.#epoch;
    if (!recovered) client.offset = this.#stream.length;
    this.#subscribed(client, { wasRecovering: true, recovered });
    this.#see(client);
  }

  #subscribed({ name, offset }: Client, how: { wasRecovering: boolean; recovered: boolean }): void {
    this.#at += 1;
    const who = { client: name, channel: CHANNEL, at: this.#at };
    this.#records.push({ kind: "subscribed", ...who, epoch: `e${this.#epoch}`, offset, ...how });
  }

  #see(client: Client): void {
    for (const id of this.#stream.slice(client.offset)) {
      client.offset += 1;
      this.#at += 1;
      const who = { client: client.name, channel: CHANNEL, at: this.#at };
      this.#records.push({ kind: "seen", ...who, offset: client.offset, id });
    }
  }
}

function judged({ events, wipes, records, end }: History, changed: readonly ClientRecord[] = records): Ledger {
  const ledger = new Ledger();
  for (const [index, { id, at }] of events.entries()) {
    ledger.offer({ id, channel: CHANNEL, way: "amqp", at, order: { subject: "a", version: index + 1 } });
    ledger.accept(id, at);
  }
  ledger.storeLosses.push(...wipes.map((at) => ({ at })));
  for (const record of changed) ledger.note(record);
  ledger.ends({ channel: CHANNEL, ...end }, Number.MAX_SAFE_INTEGER);
  return ledger;
}

const sightings = (records: readonly ClientRecord[]) =>
  records.flatMap((record, index) => (record.kind === "seen" ? [index] : []));

it("balances every right history", () => {
  fc.assert(
    fc.property(history, (right) => {
      expect(settle(judged(right)).findings).toEqual([]);
      expect(isBalanced(settle(judged(right)))).toBe(true);
    }),
  );
});

it("no sighting can be lost, doubled or changed with its neighbour without being found", () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.constantFrom("lose", "double", "swap"), (right, pick, way) => {
      const seen = sightings(right.records);
      fc.pre(seen.length > 1);
      const index = seen[pick % seen.length] ?? 0;
      const record = right.records[index] as ClientRecord;
      const next = right.records.findIndex((other, at) => at > index && other.client === record.client);
      const after = right.records[next];
      fc.pre(way !== "swap" || after?.kind === "seen");
      // What is lost right before a client is told to reload is made good by that.
      fc.pre(way !== "lose" || after?.kind !== "subscribed" || after.recovered);
      const changed = [...right.records];
      if (way === "lose") changed.splice(index, 1);
      else if (way === "double") changed.splice(index, 0, record);
      else [changed[index], changed[next]] = [changed[next] as ClientRecord, record];
      expect(isBalanced(settle(judged(right, changed)))).toBe(false);
    }),
  );
});
