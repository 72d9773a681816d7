import type { HeaderLines } from "./headers.ts";

const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*$/;

/** Parses header lines strictly: no folding, no space before the colon, no control characters. Undefined when one is bad. */
export function headerLinesOf(texts: readonly string[]): HeaderLines | undefined {
  const lines: [string, string][] = [];
  for (const text of texts) {
    const match = LINE.exec(text);
    if (match === null) return undefined;
    lines.push([match[1] ?? "", match[2] ?? ""]);
  }
  return lines;
}
