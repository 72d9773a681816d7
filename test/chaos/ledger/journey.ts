import type { ClientRecord, Finding } from "./facts.ts";
import type { Place } from "./places.ts";

/** One client on one channel, from its first subscribe on: what it saw, and whether it saw it in order. */
export class Journey {
  readonly client: string;
  readonly channel: string;
  /** Where and when it was told `recovered: false`. */
  readonly told: Array<Place & { readonly at: number }> = [];
  /** Sightings of each event. */
  readonly seen = new Map<string, Array<Place & { readonly at: number }>>();
  /** Events seen again, which is right only after the client was told that all begins anew. */
  again = 0;
  readonly #found: (finding: Finding) => void;
  readonly #versionOf: (event: string) => { readonly subject: string; readonly version: number } | undefined;
  readonly #versions = new Map<string, number>();
  #position: Place | undefined;

  constructor(
    who: Pick<ClientRecord, "client" | "channel">,
    parts: {
      readonly found: (finding: Finding) => void;
      readonly versionOf: (event: string) => { readonly subject: string; readonly version: number } | undefined;
    },
  ) {
    this.client = who.client;
    this.channel = who.channel;
    this.#found = parts.found;
    this.#versionOf = parts.versionOf;
  }

  get position(): Place | undefined {
    return this.#position;
  }

  subscribed({ at, epoch, offset, wasRecovering, recovered }: ClientRecord & { readonly kind: "subscribed" }): void {
    const before = this.#position;
    this.#position = { epoch, offset };
    if (before === undefined) return;
    if (!wasRecovering) return this.#report("the client's position was forgotten without a word", at);
    if (!recovered) {
      this.told.push({ epoch, offset, at });
      if (epoch !== before.epoch) this.#versions.clear();
      return;
    }
    if (offset !== before.offset) this.#report(`recovered from ${offset}, and the client was at ${before.offset}`, at);
  }

  saw({ at, offset, id }: ClientRecord & { readonly kind: "seen" }): Place | undefined {
    const position = this.#position;
    if (position === undefined) {
      this.#report("seen before the subscribe was answered", at, id);
      return undefined;
    }
    const expected = position.offset + 1;
    if (offset > expected) this.#report(`a gap: ${offset} came, and ${expected} was due`, at, id);
    if (offset < expected) this.#report(`a step back: ${offset} came, and ${expected} was due`, at, id);
    const place = { epoch: position.epoch, offset };
    this.#position = place;
    this.#checkRepeat(id, { ...place, at });
    this.#checkVersion(id, at);
    return place;
  }

  #checkRepeat(event: string, sighting: Place & { readonly at: number }): void {
    const before = this.seen.get(event);
    if (before === undefined) {
      this.seen.set(event, [sighting]);
      return;
    }
    const last = before.at(-1);
    before.push(sighting);
    const begunAnew = this.told.some(({ at }) => at >= (last?.at ?? 0)) && last?.epoch !== sighting.epoch;
    if (begunAnew) this.again += 1;
    else this.#report(`seen twice, first at ${last?.epoch} ${last?.offset}`, sighting.at, event);
  }

  #checkVersion(event: string, at: number): void {
    const order = this.#versionOf(event);
    if (order === undefined) return;
    const last = this.#versions.get(order.subject) ?? 0;
    if (order.version <= last)
      this.#report(`order ${order.subject} went back from ${last} to ${order.version}`, at, event);
    this.#versions.set(order.subject, Math.max(last, order.version));
  }

  #report(what: string, at: number, event?: string): void {
    this.#found({ what, client: this.client, channel: this.channel, at, ...(event === undefined ? {} : { event }) });
  }
}
