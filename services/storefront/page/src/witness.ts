/** Orders whose last version is remembered; the longest untouched are forgotten first. */
export const MAX_WATCHED = 1_000;

/** Event ids remembered to notice one that comes again; the oldest are forgotten first. */
export const MAX_REMEMBERED_EVENTS = 2_000;

/** What one channel delivered. */
export interface ChannelRecord {
  readonly offset: number;
  /** Publications seen live or recovered. */
  readonly seen: number;
  /** Of these, handed over by a recovery. */
  readonly recovered: number;
  readonly lastRecovery: "yes" | "no" | undefined;
}

/** A subscription as it starts, or starts again. */
export interface Resumption {
  readonly offset: number | undefined;
  readonly wasRecovering: boolean;
  readonly recovered: boolean;
}

/**
 * Checks the cluster's promises from the customer's chair: on a channel, offsets go up one by one, also over a
 * recovery; and no order's event is older than the one before. It only counts; what the page shows is not its affair.
 */
export class Witness {
  readonly #channels = new Map<string, ChannelRecord>();
  readonly #versions = new Map<string, number>();
  readonly #events = new Set<string>();
  #seen = 0;
  #duplicates = 0;
  #gaps = 0;
  #backward = 0;

  get seen(): number {
    return this.#seen;
  }
  /** Offsets, or event ids under another offset, that came again. */
  get duplicates(): number {
    return this.#duplicates;
  }
  /** Offsets that were left out. */
  get gaps(): number {
    return this.#gaps;
  }
  /** Order events that were not newer than the one before. */
  get backward(): number {
    return this.#backward;
  }
  get violations(): number {
    return this.#duplicates + this.#gaps + this.#backward;
  }
  get channels(): ReadonlyMap<string, ChannelRecord> {
    return this.#channels;
  }

  subscribed(channel: string, { offset, wasRecovering, recovered }: Resumption): void {
    const before = this.#channels.get(channel);
    this.#channels.set(channel, {
      offset: recovered && before !== undefined ? before.offset : (offset ?? 0),
      seen: before?.seen ?? 0,
      recovered: before?.recovered ?? 0,
      lastRecovery: wasRecovering ? (recovered ? "yes" : "no") : before?.lastRecovery,
    });
  }

  /** `offset` is undefined on a channel without history; `eventId` where the publication carries none. */
  published(
    channel: string,
    { offset, recovered }: { readonly offset: number | undefined; readonly recovered: boolean },
    eventId: string | undefined,
  ): void {
    this.#seen += 1;
    const before = this.#channels.get(channel);
    if (before === undefined) return;
    const repeated = eventId !== undefined && this.#isRepeated(`${channel} ${eventId}`);
    const next = offset ?? before.offset;
    if (repeated || (offset !== undefined && offset <= before.offset)) this.#duplicates += 1;
    else if (next > before.offset + 1) this.#gaps += 1;
    this.#channels.set(channel, {
      ...before,
      offset: Math.max(before.offset, next),
      seen: before.seen + 1,
      recovered: before.recovered + (recovered ? 1 : 0),
    });
  }

  /** An order's event was delivered. */
  stepped(orderId: string, version: number): void {
    const before = this.#versions.get(orderId) ?? 0;
    if (version <= before) this.#backward += 1;
    this.#versions.delete(orderId);
    this.#versions.set(orderId, Math.max(before, version));
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > MAX_WATCHED && oldest !== undefined) this.#versions.delete(oldest);
  }

  #isRepeated(event: string): boolean {
    if (this.#events.has(event)) return true;
    this.#events.add(event);
    const [oldest] = this.#events;
    if (this.#events.size > MAX_REMEMBERED_EVENTS && oldest !== undefined) this.#events.delete(oldest);
    return false;
  }
}
