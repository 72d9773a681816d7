import type { ChannelName, Position } from "@bellwire/protocol";

/** The latest positions that one process has heard of, for the channels that it had to do with last. */
export class KnownTops {
  readonly #limit: number;
  readonly #tops = new Map<ChannelName, Position>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy, if it is further than what is known of the same epoch. */
  note(channel: ChannelName, position: Position): void {
    const known = this.#tops.get(channel);
    if (known !== undefined) this.#tops.delete(channel);
    const isBehind = known !== undefined && known.epoch === position.epoch && known.offset > position.offset;
    this.#tops.set(channel, isBehind ? known : { ...position });
    if (this.#tops.size <= this.#limit) return;
    const [oldest] = this.#tops.keys();
    if (oldest !== undefined) this.#tops.delete(oldest);
  }

  /** What is known now, even if more becomes known while it is read. */
  all(): ReadonlyArray<readonly [ChannelName, Position]> {
    return [...this.#tops];
  }
}
