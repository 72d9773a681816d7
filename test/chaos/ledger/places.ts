import type { Finding } from "./facts.ts";

export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** Where the events of one channel are known to have been stored, by whoever saw them there. */
export class Places {
  readonly #channel: string;
  readonly #found: (finding: Finding) => void;
  readonly #byEvent = new Map<string, Place[]>();
  readonly #byPlace = new Map<string, string>();
  /** Epochs by when they were first heard of: one follows the other. */
  readonly #since = new Map<string, number>();

  constructor(channel: string, found: (finding: Finding) => void) {
    this.#channel = channel;
    this.#found = found;
  }

  heardOf(epoch: string, at: number): void {
    this.#since.set(epoch, Math.min(at, this.#since.get(epoch) ?? Number.POSITIVE_INFINITY));
  }

  /** The event was seen at this place. Two events in one place, or one event twice in one epoch, are findings. */
  saw(event: string, place: Place): void {
    const key = `${place.epoch} ${place.offset}`;
    const here = this.#byPlace.get(key);
    if (here === event) return;
    const channel = this.#channel;
    if (here !== undefined) {
      this.#found({ what: `shares ${key} with ${here}`, event, channel });
      return;
    }
    this.#byPlace.set(key, event);
    const places = this.#byEvent.get(event) ?? [];
    const before = places.find(({ epoch }) => epoch === place.epoch);
    if (before !== undefined) this.#found({ what: `was stored twice: ${before.offset} and ${key}`, event, channel });
    places.push(place);
    this.#byEvent.set(event, places);
  }

  /** The event's place in the latest epoch that had it. */
  lastOf(event: string): Place | undefined {
    const places = this.#byEvent.get(event) ?? [];
    return places.reduce<Place | undefined>(
      (last, place) => (last === undefined || this.isLater(place.epoch, last.epoch) ? place : last),
      undefined,
    );
  }

  isLater(epoch: string, than: string): boolean {
    return (this.#since.get(epoch) ?? 0) > (this.#since.get(than) ?? 0);
  }
}
