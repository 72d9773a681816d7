import { headerLinesOf } from "./header-text.ts";
import { endToEnd, formatHead, type HeaderLines, tokensOf, valuesOf } from "./headers.ts";

/** The head of a node's answer to an upgrade. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly lines: HeaderLines;
}

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: ([\t -~\x80-\xff]*))?$/;

/** Parses a complete head without its last empty line; undefined when it breaks the grammar or has too many lines. */
export function parseResponseHead(text: string, maxLines: number): ResponseHead | undefined {
  const [first = "", ...rest] = text.split("\r\n");
  const match = STATUS_LINE.exec(first);
  const lines = rest.length > maxLines ? undefined : headerLinesOf(rest);
  if (match === null || lines === undefined) return undefined;
  return { status: Number(match[1]), reason: match[2] ?? "", lines };
}

/** True only for a node that really speaks WebSocket: it has understood the client's key. */
export const isOpened = ({ status, lines }: ResponseHead, accept: string): boolean =>
  status === 101 &&
  valuesOf(lines, "upgrade").join(",").trim().toLowerCase() === "websocket" &&
  tokensOf(lines, "connection").includes("upgrade") &&
  valuesOf(lines, "sec-websocket-accept").join(",") === accept;

/** What the client is sent for an accepted upgrade; `marks` are the balancer's own lines. */
export const openedText = ({ lines }: ResponseHead, marks: HeaderLines = []): string =>
  formatHead("HTTP/1.1 101 Switching Protocols", [
    ...endToEnd(lines).filter(([name]) => name.toLowerCase() !== "content-length"),
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ...marks,
  ]);

/** How long a refusal's body is: a number of bytes, or until the node closes. */
export function bodyLength({ status, lines }: ResponseHead): number | "until close" | "bad" {
  if (status === 204 || status === 304) return 0;
  const chunked = valuesOf(lines, "transfer-encoding").length > 0;
  const lengths = new Set(valuesOf(lines, "content-length"));
  if (lengths.size === 0) return "until close";
  const [length = ""] = lengths;
  return lengths.size === 1 && !chunked && /^\d{1,15}$/.test(length) ? Number(length) : "bad";
}

/** What the client is sent for a refused upgrade; the body follows as the node framed it. */
export function refusedText({ status, reason, lines }: ResponseHead): string {
  const framing = lines.filter(([name]) => name.toLowerCase() === "transfer-encoding");
  return formatHead(`HTTP/1.1 ${status} ${reason}`, [...endToEnd(lines), ...framing, ["Connection", "close"]]);
}
