import { headerLinesOf } from "./header-text.ts";
import type { RequestHead } from "./upgrade-request.ts";

/** A head that can be read in one way only. */
export interface CompleteHead {
  readonly kind: "complete";
  readonly head: RequestHead;
  /** All that has come; valid as long as the chunk that completed it. */
  readonly bytes: Buffer;
  /** What of it stands behind the head; it has not been looked at. */
  readonly rest: Buffer;
}

/** What the bytes so far amount to. */
export type HeadReading =
  | CompleteHead
  | { readonly kind: "incomplete" }
  | { readonly kind: "bad"; readonly cause: "malformed" | "header_too_large" };

const HEAD_END = Buffer.from("\r\n\r\n");
const NOTHING: Buffer = Buffer.alloc(0);
const INCOMPLETE: HeadReading = { kind: "incomplete" };
const MALFORMED: HeadReading = { kind: "bad", cause: "malformed" };
const TOO_LARGE: HeadReading = { kind: "bad", cause: "header_too_large" };

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}) ([!-~\x80-\xff]+) HTTP\/(1\.[01])$/;

/** Reads one request's head, however its bytes are cut into pieces. `maxBytes` bounds it, its end included. */
export class HeadReader {
  readonly #maxBytes: number;
  #held: Buffer = NOTHING;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Not to be called again once the head is complete or bad. */
  take(chunk: Buffer): HeadReading {
    const before = this.#held.length;
    const bytes = before === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = bytes.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
    const size = end < 0 ? bytes.length : end + HEAD_END.length;
    if (end >= 0 && size <= this.#maxBytes) return read(bytes, size);
    if (hasControl(bytes, before, Math.min(size, this.#maxBytes))) return MALFORMED;
    if (size > this.#maxBytes) return TOO_LARGE;
    this.#held = before === 0 ? Buffer.from(bytes) : bytes;
    return INCOMPLETE;
  }
}

function read(bytes: Buffer, size: number): HeadReading {
  const head = parseRequestHead(bytes.toString("latin1", 0, size - HEAD_END.length));
  if (head === undefined) return MALFORMED;
  return { kind: "complete", head, bytes, rest: bytes.subarray(size) };
}

/** Parses a complete head without its last empty line, strictly. Undefined when it breaks the grammar. */
export function parseRequestHead(text: string): RequestHead | undefined {
  const found = text.indexOf("\r\n");
  const end = found < 0 ? text.length : found;
  const match = REQUEST_LINE.exec(text.slice(0, end));
  const lines = match === null ? undefined : headerLinesOf(text, end);
  if (match === null || lines === undefined) return undefined;
  return { method: match[1] ?? "", target: match[2] ?? "", version: match[3] ?? "", lines };
}

/** What no head may have, so that other protocols are refused before a head's end, which they may never send. */
function hasControl(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f) return true;
  }
  return false;
}
