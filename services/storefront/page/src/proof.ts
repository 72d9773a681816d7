/** Versions that wait to be said; of more the oldest are not said. */
export const MAX_WAITING = 100;

/** A version is said at most so often. */
export const MAX_TRIES = 3;

/** Before it is said again, ms. */
export const AGAIN_MS = 2_000;

/** `off`: the cluster takes no such proofs. */
export type ProofAnswer = "kept" | "failed" | "off";

export interface ProofParts {
  /** Never rejects. */
  readonly say: (orderId: string, version: number) => Promise<ProofAnswer>;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  readonly onChange: () => void;
}

interface Waiting {
  readonly orderId: string;
  readonly version: number;
  readonly tries: number;
}

/**
 * Tells the cluster which versions were shown, one after another, while the page is connected. What fails is said again a
 * little later, a few times, then let go: the customer has seen it all the same. Where the cluster takes no proofs nothing
 * is said any more.
 */
export class Proof {
  readonly #parts: ProofParts;
  readonly #waiting: Waiting[] = [];
  #live = false;
  #busy = false;
  #closed = false;
  #off = false;
  #kept = 0;
  #dropped = 0;
  #cancelPause: (() => void) | undefined;

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  /** Versions that the cluster has kept. */
  get kept(): number {
    return this.#kept;
  }

  /** Versions that were shown but could not be said. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the cluster takes no proofs. */
  get off(): boolean {
    return this.#off;
  }

  shown(orderId: string, version: number): void {
    this.#add({ orderId, version, tries: 0 });
  }

  /** Nothing is said while the page is not connected. */
  connected(live: boolean): void {
    this.#live = live;
    void this.#sayNext();
  }

  close(): void {
    this.#closed = true;
    this.#cancelPause?.();
  }

  #add(one: Waiting): void {
    if (this.#off || this.#closed) return;
    this.#waiting.push(one);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    void this.#sayNext();
  }

  async #sayNext(): Promise<void> {
    if (this.#busy || !this.#live || this.#closed) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    const answer = await this.#parts.say(next.orderId, next.version);
    this.#busy = false;
    if (this.#closed) return;
    if (answer === "failed") this.#failed(next);
    else if (answer === "off") this.#turnOff();
    else this.#kept += 1;
    this.#parts.onChange();
    void this.#sayNext();
  }

  #failed(one: Waiting): void {
    const tries = one.tries + 1;
    if (tries === MAX_TRIES) {
      this.#dropped += 1;
      return;
    }
    // All wait with it: whatever is wrong is rarely wrong with one version alone.
    this.#busy = true;
    this.#cancelPause = this.#parts.after(AGAIN_MS, () => {
      this.#busy = false;
      this.#add({ ...one, tries });
    });
  }

  #turnOff(): void {
    this.#off = true;
    this.#waiting.length = 0;
  }
}
