import type { Expiry } from "@bellwire/protocol";

/** What a reply says of an expiry. At least one second is left, since 0 would mean never. */
export function expiryOf(expiresAt: number | undefined, now: number): Expiry {
  if (expiresAt === undefined) return {};
  return { expires: true, ttl: Math.max(1, Math.ceil((expiresAt - now) / 1_000)) };
}
