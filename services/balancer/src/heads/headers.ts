import type { Visitor } from "../trust/visitor.ts";

/** Header lines in the order and case they came in. */
export type HeaderLines = ReadonlyArray<readonly [name: string, value: string]>;

/** From Node's flat list of names and values. */
export function headerLines(raw: readonly string[]): HeaderLines {
  const lines: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) lines.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return lines;
}

/** All values of a header; `name` in lower case. */
export function valuesOf(lines: HeaderLines, name: string): string[] {
  const values: string[] = [];
  for (const [given, value] of lines)
    if (given.length === name.length && given.toLowerCase() === name) values.push(value);
  return values;
}

/** The value of a header that is there exactly once, else undefined. */
export function onlyValue(lines: HeaderLines, name: string): string | undefined {
  const [value, ...more] = valuesOf(lines, name);
  return more.length === 0 ? value : undefined;
}

/** The tokens of a comma-separated header over all its lines, in lower case. */
export function tokensOf(lines: HeaderLines, name: string): string[] {
  const tokens: string[] = [];
  for (const value of valuesOf(lines, name))
    for (const part of value.includes(",") ? value.split(",") : [value]) {
      const token = part.trim().toLowerCase();
      if (token !== "") tokens.push(token);
    }
  return tokens;
}

type Kept = (readonly [name: string, value: string])[];

const HOP_BY_HOP = new Set(["connection", "upgrade", "keep-alive", "te", "trailer", "transfer-encoding", "expect"]);
const NONE: ReadonlySet<string> = new Set();

const isForOneHop = (lower: string, listed: ReadonlySet<string>): boolean =>
  HOP_BY_HOP.has(lower) || lower.startsWith("proxy-") || listed.has(lower);

/** Without what is meant for one hop only, the names listed in Connection included, and without those in `dropped` (lower case). */
export function endToEnd(lines: HeaderLines, dropped = NONE): Kept {
  const listed = new Set(tokensOf(lines, "connection"));
  const kept: Kept = [];
  for (const line of lines) {
    const lower = line[0].toLowerCase();
    if (!dropped.has(lower) && !isForOneHop(lower, listed)) kept.push(line);
  }
  return kept;
}

/** What a node must see although the client may list it in Connection. */
const KEPT = new Set(["host", "content-length"]);
const isAboutTheClient = (lower: string): boolean =>
  lower === "forwarded" || lower === "x-real-ip" || lower.startsWith("x-forwarded-");

/**
 * A client's headers for the node: end to end, with whatever it claims about its own connection replaced by what is proven,
 * and without the names in `rewritten` (lower case), which the caller writes anew.
 */
export function towardsNode(lines: HeaderLines, visitor: Pick<Visitor, "address" | "scheme">, rewritten = NONE): Kept {
  const listed = new Set(tokensOf(lines, "connection"));
  const first: Kept = [];
  const others: Kept = [];
  for (const line of lines) {
    const lower = line[0].toLowerCase();
    if (KEPT.has(lower)) first.push(line);
    else if (!rewritten.has(lower) && !isAboutTheClient(lower) && !isForOneHop(lower, listed)) others.push(line);
  }
  for (const line of others) first.push(line);
  first.push(["X-Forwarded-For", visitor.address], ["X-Forwarded-Proto", visitor.scheme]);
  return first;
}

/** A head in bytes, as text for latin1. */
export function formatHead(first: string, lines: HeaderLines): string {
  let text = `${first}\r\n`;
  for (const [name, value] of lines) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
