/** What a node begins with, percent: enough to be seen working. */
const FIRST = 10;

/** Percent of its weight that a node may use `sinceMs` after it came up: grows evenly over `slowStartMs`. */
export const warmthAfter = (sinceMs: number, slowStartMs: number): number =>
  sinceMs >= slowStartMs ? 100 : Math.max(FIRST, Math.floor((100 * sinceMs) / slowStartMs));
