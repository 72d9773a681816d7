/** Full jitter: a delay between 0 and the doubled base, never above `capMs`. `attempt` counts from 0. */
export function backoffMs(
  attempt: number,
  random: number,
  bounds: { readonly baseMs: number; readonly capMs: number },
): number {
  return random * Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempt, 30));
}
