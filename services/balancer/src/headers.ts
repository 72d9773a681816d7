import type { Visitor } from "./trust/visitor.ts";

/** Header lines in the order and case they came in. */
export type HeaderLines = ReadonlyArray<readonly [name: string, value: string]>;

/** From Node's flat list of names and values. */
export function headerLines(raw: readonly string[]): HeaderLines {
  const lines: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) lines.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return lines;
}

/** All values of a header. */
export const valuesOf = (lines: HeaderLines, name: string): string[] =>
  lines.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);

/** The tokens of a comma-separated header over all its lines, in lower case. */
export const tokensOf = (lines: HeaderLines, name: string): string[] =>
  valuesOf(lines, name)
    .flatMap((value) => value.split(","))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "");

const HOP_BY_HOP = new Set(["connection", "upgrade", "keep-alive", "te", "trailer", "transfer-encoding", "expect"]);

/** Without what is meant for one hop only, the names listed in Connection included. */
export function endToEnd(lines: HeaderLines): HeaderLines {
  const listed = new Set(tokensOf(lines, "connection"));
  return lines.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !lower.startsWith("proxy-") && !listed.has(lower);
  });
}

/** What a node must see although the client may list it in Connection. */
const KEPT = new Set(["host", "content-length"]);
const isAboutTheClient = (name: string): boolean =>
  name === "forwarded" || name === "x-real-ip" || name.startsWith("x-forwarded-");

/** A client's headers for the node: end to end, with whatever it claims about its own connection replaced by what is proven. */
export function towardsNode(lines: HeaderLines, visitor: Pick<Visitor, "address" | "scheme">): HeaderLines {
  const kept = lines.filter(([name]) => KEPT.has(name.toLowerCase()));
  const others = endToEnd(lines).filter(([name]) => {
    const lower = name.toLowerCase();
    return !KEPT.has(lower) && !isAboutTheClient(lower);
  });
  return [...kept, ...others, ["X-Forwarded-For", visitor.address], ["X-Forwarded-Proto", visitor.scheme]];
}

/** A head in bytes, as text for latin1. */
export const formatHead = (first: string, lines: HeaderLines): string =>
  `${first}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
