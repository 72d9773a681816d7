/** Bounds of a growing pause, ms. */
export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: 100, capMs: 5_000 };

/** What lived so long begins again with the shortest pause. */
export const STEADY_MS = 5_000;

/** Full jitter: anywhere between 0 and the bound, which doubles with every attempt (0, 1, 2, …) up to the cap. `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number, { firstMs, capMs }: Backoff): number {
  return Math.floor(random * Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30)));
}
