/**
 * An adapter's error that tells of the store or the broker being away, full, or slow: what was asked is as good as before,
 * and may be asked again later. Adapters mark their own errors so; everything else is taken for the fault of what was asked.
 */
export interface Outage extends Error {
  readonly outage: true;
}

export const isOutage = (error: unknown): error is Outage =>
  error instanceof Error && "outage" in error && error.outage === true;
