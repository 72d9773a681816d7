import { createDelta } from "fossil-delta";

/** Larger publications are always sent whole, bytes: comparing costs time that grows with their size. */
const MAX_COMPARED_BYTES = 32_768;

/**
 * The Fossil delta that makes `data` out of `base`, the publication before; undefined where it would not be smaller than
 * `data` itself. Both are JSON texts. It is a text as well: it cuts through no character.
 */
export function differenceOf(base: string, data: string): string | undefined {
  const from = Buffer.from(base);
  const to = Buffer.from(data);
  if (from.byteLength > MAX_COMPARED_BYTES || to.byteLength > MAX_COMPARED_BYTES) return undefined;
  const delta = Buffer.from(createDelta<Uint8Array>(from, to));
  const text = (to.byteLength === data.length ? delta : betweenCharacters(delta, to)).toString();
  return Buffer.byteLength(text) < to.byteLength ? text : undefined;
}

/** A part of the target that is copied: `target` from `start` to before `end` is what the base has from `offset` on. */
interface Copy {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/**
 * Fossil works on bytes. What is copied is narrowed here to whole characters of the target, so that what is inserted between
 * is made of whole characters too.
 */
function betweenCharacters(delta: Buffer, target: Buffer): Buffer {
  const { size, copies, checksum } = read(delta);
  const parts: Uint8Array[] = [Buffer.from(`${size}\n`)];
  let written = 0;
  const insertUntil = (end: number): void => {
    if (end > written) parts.push(Buffer.from(`${encode(end - written)}:`), target.subarray(written, end));
    written = end;
  };
  for (const { start, end, offset } of copies.map((copy) => narrowed(copy, target))) {
    if (end <= start) continue;
    insertUntil(start);
    parts.push(Buffer.from(`${encode(end - start)}@${encode(offset)},`));
    written = end;
  }
  insertUntil(target.byteLength);
  parts.push(Buffer.from(`${checksum};`));
  return Buffer.concat(parts);
}

function narrowed({ start, end, offset }: Copy, target: Buffer): Copy {
  let [first, last] = [start, end];
  while (first < last && isInside(target[first])) first += 1;
  while (last > first && isInside(target[last])) last -= 1;
  return { start: first, end: last, offset: offset + first - start };
}

/** Whether the byte is not the first of its character in UTF-8. */
const isInside = (byte = 0): boolean => (byte & 0xc0) === 0x80;

/** `size`, a newline, then `n@offset,` to copy, `n:` and n bytes to insert, and `checksum;` at last; numbers to the base 64. */
function read(delta: Buffer): { readonly size: string; readonly copies: readonly Copy[]; readonly checksum: string } {
  const text = delta.toString("latin1");
  const operation = /([0-9A-Z_a-z~]+)(?:([:;])|@([0-9A-Z_a-z~]+),)/y;
  const header = text.indexOf("\n");
  operation.lastIndex = header + 1;
  const copies: Copy[] = [];
  let start = 0;
  for (;;) {
    const [, number = "0", mark, offset] = operation.exec(text) ?? [];
    if (mark === ";") return { size: text.slice(0, header), copies, checksum: number };
    const end = start + decode(number);
    if (offset !== undefined) copies.push({ start, end, offset: decode(offset) });
    else if (mark === ":") operation.lastIndex += end - start;
    else throw new Error("the delta ends without its checksum");
    start = end;
  }
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

function decode(number: string): number {
  let value = 0;
  for (const digit of number) value = value * 64 + DIGITS.indexOf(digit);
  return value;
}

function encode(value: number): string {
  let number = "";
  let rest = value;
  do {
    number = DIGITS.charAt(rest % 64) + number;
    rest = Math.floor(rest / 64);
  } while (rest > 0);
  return number;
}
