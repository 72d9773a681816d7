/** Time and deferral, handed in so that tests can hold the clock. */
export interface Clock {
  /** Wall clock, ms since 1970: for dates that others gave. It may step, to and fro. */
  now(): number;
  /** ms since some moment, never stepping: for how long something took. */
  elapsed(): number;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` when the current turn's input has been read. */
  soon(task: () => void): void;
  /** A number in [0, 1). */
  random(): number;
}
