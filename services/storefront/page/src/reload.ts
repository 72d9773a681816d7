/** What a reload needs of the world. */
export interface ReloadParts {
  /** Rejects when the state could not be loaded. */
  readonly load: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Loads state when asked: one load at a time, and whatever is asked for during a load is one more load after it, for
 * the running one may have read the state too early. A failed load is tried again with growing, scattered pauses.
 */
export class Reload {
  readonly #parts: ReloadParts;
  #running = false;
  #again = false;
  #failures = 0;
  #cancelPause: (() => void) | undefined;
  #closed = false;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /** Sees to it that a load begins after this moment. */
  request(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#cancelPause?.();
    this.#running = true;
    this.#again = false;
    this.#parts.load().then(
      () => this.#finished(),
      (error: unknown) => this.#failed(error),
    );
  }

  /** Nothing is loaded from now on. */
  close(): void {
    this.#closed = true;
    this.#cancelPause?.();
  }

  #finished(): void {
    this.#running = false;
    this.#failures = 0;
    if (this.#again) this.request();
  }

  #failed(error: unknown): void {
    this.#running = false;
    if (this.#closed) return;
    this.#failures += 1;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    this.#cancelPause = this.#parts.after(pause * (0.5 + this.#parts.random() / 2), () => this.request());
    this.#parts.onFailure(error);
  }
}
