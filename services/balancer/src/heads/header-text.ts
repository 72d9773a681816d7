import type { HeaderLines } from "./headers.ts";

/** By character code: 1 where a header's name may have it. */
const NAME = codes("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

const CRLF = "\r\n";
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
const DELETE = 0x7f;

/**
 * Parses the header lines of a head's text (latin1, without its last empty line), strictly: CRLF alone ends a line, nothing
 * is folded, no space stands before a colon, no control character anywhere. `from` is the end of the head's first line.
 * Undefined when a line is bad.
 */
export function headerLinesOf(text: string, from: number): HeaderLines | undefined {
  const lines: (readonly [string, string])[] = [];
  for (let at = from; at < text.length; ) {
    const start = at + CRLF.length;
    const found = text.indexOf(CRLF, start);
    const end = found < 0 ? text.length : found;
    const line = headerLineOf(text, start, end);
    if (line === undefined) return undefined;
    lines.push(line);
    at = end;
  }
  return lines;
}

function headerLineOf(text: string, start: number, end: number): readonly [string, string] | undefined {
  let colon = start;
  while (colon < end && NAME[text.charCodeAt(colon)] === 1) colon++;
  if (colon === start || colon === end || text.charCodeAt(colon) !== COLON) return undefined;
  let first = colon + 1;
  let last = end;
  while (first < last && isBlank(text.charCodeAt(first))) first++;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last--;
  for (let at = first; at < last; at++) if (isControl(text.charCodeAt(at))) return undefined;
  return [text.slice(start, colon), text.slice(first, last)];
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
const isControl = (code: number): boolean => (code < SPACE && code !== TAB) || code === DELETE;

function codes(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
