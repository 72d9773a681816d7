import type { Backend } from "../pool/backend.ts";
import type { Forwarding } from "./forwarding.ts";

/** Whether a further node may be tried: one is left, and neither this client nor all together have tried too often. */
export function mayTryAgain(
  tried: ReadonlySet<Backend>,
  { pool, limits, retries, observer }: Pick<Forwarding, "pool" | "limits" | "retries" | "observer">,
): boolean {
  if (tried.size > limits.retries || !pool.hasOther(tried)) return false;
  const within = retries.take();
  if (!within) observer.retryRefused();
  return within;
}
