import { createHash } from "node:crypto";
import { z } from "zod";

/** Requests that repeat this header are the same request. */
export const IdempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[ -~]{1,255}$/, "must be 1 to 255 printable ASCII characters")
    .optional()
    .describe("Makes repeating the request harmless"),
});
type IdempotencyHeader = z.infer<typeof IdempotencyHeader>;

/** An id that the key decides; undefined without a key. */
export function idOf(headers: IdempotencyHeader, prefix: string): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  return prefix + createHash("sha256").update(key).digest("hex").slice(0, 24);
}
