/** What a node knows of itself and of the others. */
export interface DeafnessOptions {
  /** How long a node may be cut off, with another one well, before it hands its clients over, ms. */
  readonly deafMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** This node hears itself through the bus, and the store answers it. */
  readonly isWell: () => boolean;
  /** Another node is well, as far as this one can know. */
  readonly othersAreWell: () => boolean;
  /** Sends the clients elsewhere in slices until the signal says that this is over. */
  readonly handOver: (until: AbortSignal) => void;
  /** The node was cut off, handed over, or came back: its place in the cluster is another. */
  readonly onChange: () => void;
}

/**
 * A node that stays cut off while others are not hands its clients over, and takes clients again by itself once it is well.
 * Where no other node is well it is not this node that is cut off: clients stay where they are.
 */
export class Deafness {
  readonly #options: DeafnessOptions;
  #unwellSince: number | undefined;
  #cutSince: number | undefined;
  #handing: AbortController | undefined;
  #stopped = false;

  constructor(options: DeafnessOptions) {
    this.#options = options;
  }

  /** Not well while another node is. */
  get isCut(): boolean {
    return this.#cutSince !== undefined;
  }

  /** It gives its clients away and takes no new ones. */
  get isHandingOver(): boolean {
    return this.#handing !== undefined;
  }

  /** For how long the node has not been well, ms; 0 while it is. */
  get unwellMs(): number {
    return this.#unwellSince === undefined ? 0 : this.#options.now() - this.#unwellSince;
  }

  /** Looks again; called every second or more often. */
  look(): void {
    if (this.#stopped) return;
    const { now, isWell, othersAreWell, deafMs, handOver, onChange } = this.#options;
    const well = isWell();
    this.#unwellSince = well ? undefined : (this.#unwellSince ?? now());
    const wasCut = this.isCut;
    this.#cutSince = !well && othersAreWell() ? (this.#cutSince ?? now()) : undefined;
    if (this.#cutSince === undefined) this.#endHandover();
    else if (this.#handing === undefined && now() - this.#cutSince >= deafMs) {
      this.#handing = new AbortController();
      handOver(this.#handing.signal);
      return onChange();
    }
    if (wasCut !== this.isCut) onChange();
  }

  /** The node leaves for good: that is another handover. */
  stop(): void {
    this.#stopped = true;
    this.#endHandover();
  }

  #endHandover(): void {
    this.#handing?.abort();
    this.#handing = undefined;
  }
}
