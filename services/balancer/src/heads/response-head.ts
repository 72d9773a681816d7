import { headerLinesOf } from "./header-text.ts";
import { endToEnd, formatHead, type HeaderLines, onlyValue, tokensOf, valuesOf } from "./headers.ts";

/** The head of a node's answer to an upgrade. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly lines: HeaderLines;
}

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: ([\t -~\x80-\xff]*))?$/;

/** Parses a complete head without its last empty line; undefined when it breaks the grammar or has too many lines. */
export function parseResponseHead(text: string, maxLines: number): ResponseHead | undefined {
  const found = text.indexOf("\r\n");
  const end = found < 0 ? text.length : found;
  const match = STATUS_LINE.exec(text.slice(0, end));
  const lines = match === null ? undefined : headerLinesOf(text, end);
  if (match === null || lines === undefined || lines.length > maxLines) return undefined;
  return { status: Number(match[1]), reason: match[2] ?? "", lines };
}

/** True only for a node that really speaks WebSocket: it has understood the client's key. */
export const isOpened = ({ status, lines }: ResponseHead, accept: string): boolean =>
  status === 101 &&
  onlyValue(lines, "sec-websocket-accept") === accept &&
  onlyValue(lines, "upgrade")?.toLowerCase() === "websocket" &&
  tokensOf(lines, "connection").includes("upgrade");

/** What the client is sent for an accepted upgrade; `marks` are the balancer's own lines. */
export function openedText({ lines }: ResponseHead, marks: HeaderLines = []): string {
  const kept = endToEnd(lines, NO_BODY);
  kept.push(["Connection", "Upgrade"], ["Upgrade", "websocket"], ...marks);
  return formatHead("HTTP/1.1 101 Switching Protocols", kept);
}

const NO_BODY: ReadonlySet<string> = new Set(["content-length"]);

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
