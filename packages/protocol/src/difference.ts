import { createDelta } from "fossil-delta";

/** Larger publications are always sent whole, bytes: comparing costs time that grows with their size. */
const MAX_COMPARED_BYTES = 32_768;

/**
 * The Fossil delta that makes `data` out of `base`, the publication before; undefined where it would not be smaller than
 * `data` itself. Both are JSON texts.
 */
export function differenceOf(base: string, data: string): Uint8Array | undefined {
  const from = Buffer.from(base);
  const to = Buffer.from(data);
  if (from.byteLength > MAX_COMPARED_BYTES || to.byteLength > MAX_COMPARED_BYTES) return undefined;
  const difference = createDelta<Uint8Array>(from, to);
  return difference.byteLength < to.byteLength ? difference : undefined;
}
