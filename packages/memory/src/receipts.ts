import type { Clock, DueReceipt, Receipts, Showing, SubjectVersion } from "@bellwire/hub";
import { Expiring } from "./expiring.ts";
import type { Gate } from "./gate.ts";
import { entryOf } from "./holders.ts";

/** What was shown and what is to be looked at, in memory. */
export class MemoryReceipts implements Receipts {
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #maxWatched: number;
  readonly #maxVersions: number;
  readonly #shown: Expiring<Map<number, Showing>>;
  readonly #due = new Map<string, { readonly receipt: DueReceipt; at: number }>();

  constructor(parts: { clock: Clock; gate: Gate; maxEntries: number; maxWatched: number; maxVersions: number }) {
    this.#clock = parts.clock;
    this.#gate = parts.gate;
    this.#maxWatched = parts.maxWatched;
    this.#maxVersions = parts.maxVersions;
    this.#shown = new Expiring(parts.maxEntries);
  }

  expect: Receipts["expect"] = (version, withinMs) =>
    this.#gate.pass(() => this.#watch({ ...version, why: "deadline" }, withinMs));

  shown: Receipts["shown"] = (version, showing, { keepMs, tellWithinMs }) =>
    this.#gate.pass(() => {
      const now = this.#clock.now();
      const key = keyOf(version);
      const kept = this.#shown.get(key, now) ?? new Map<number, Showing>();
      if (kept.has(version.version)) return "again";
      if (kept.size >= this.#maxVersions) return "full";
      this.#shown.set(key, kept.set(version.version, { ...showing }), { now, until: now + keepMs });
      if (tellWithinMs !== undefined) this.#watch({ ...version, why: "shown" }, tellWithinMs);
      return "first";
    });

  showings: Receipts["showings"] = (channel, subject) =>
    this.#gate.pass(() => {
      const kept = this.#shown.get(keyOf({ channel, subject }), this.#clock.now()) ?? new Map<number, Showing>();
      return new Map([...kept].sort(([some], [other]) => some - other));
    });

  claim: Receipts["claim"] = (limit, leaseMs) =>
    this.#gate.pass(() => {
      const now = this.#clock.now();
      const due = [...this.#due.values()].filter(({ at }) => at <= now).sort((some, other) => some.at - other.at);
      return due.slice(0, limit).map((entry) => {
        entry.at = now + leaseMs;
        return entry.receipt;
      });
    });

  settle: Receipts["settle"] = (receipt) => this.#gate.pass(() => void this.#due.delete(dueKeyOf(receipt)));

  /** The store came back empty. */
  clear(): void {
    this.#shown.clear();
    this.#due.clear();
  }

  #watch(receipt: DueReceipt, withinMs: number): boolean {
    const key = dueKeyOf(receipt);
    if (this.#due.size >= this.#maxWatched && !this.#due.has(key)) return false;
    const { channel, subject, version, why } = receipt;
    entryOf(this.#due, key, () => ({ receipt: { channel, subject, version, why }, at: this.#clock.now() + withinMs }));
    return true;
  }
}

const keyOf = ({ channel, subject }: Pick<SubjectVersion, "channel" | "subject">): string => `${channel} ${subject}`;
const dueKeyOf = (receipt: DueReceipt): string => `${receipt.why} ${receipt.version} ${keyOf(receipt)}`;
