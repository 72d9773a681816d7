/** What one connection has not yet taken. */
export interface Backlog {
  readonly bytes: number;
  /** How long it has been above the soft mark, ms. */
  readonly overSoftForMs: number;
}

export interface SlowLimits {
  /** Above it, what may be skipped is skipped, bytes. */
  readonly softBytes: number;
  /** Above it the connection ends, bytes. */
  readonly hardBytes: number;
  /** How long a connection may stay above the soft mark, ms. */
  readonly graceMs: number;
}

/** The one rule for slow readers: a short burst is forgiven; a long lag or a huge one is not. */
export function isTooSlow(backlog: Backlog, limits: SlowLimits): boolean {
  if (backlog.bytes > limits.hardBytes) return true;
  return backlog.bytes > limits.softBytes && backlog.overSoftForMs > limits.graceMs;
}
