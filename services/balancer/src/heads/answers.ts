import type { HeaderLines } from "./headers.ts";

/** Every answer that the balancer gives in its own name. */
export const answers = {
  malformed: { status: 400, reason: "Bad Request", retry: false },
  not_found: { status: 404, reason: "Not Found", retry: false },
  header_timeout: { status: 408, reason: "Request Timeout", retry: false },
  body_too_large: { status: 413, reason: "Content Too Large", retry: false },
  bad_version: { status: 426, reason: "Upgrade Required", retry: false },
  address_full: { status: 429, reason: "Too Many Requests", retry: true },
  too_many_opens: { status: 429, reason: "Too Many Requests", retry: true },
  header_too_large: { status: 431, reason: "Request Header Fields Too Large", retry: false },
  bad_gateway: { status: 502, reason: "Bad Gateway", retry: false },
  no_node: { status: 503, reason: "Service Unavailable", retry: true },
  nodes_full: { status: 503, reason: "Service Unavailable", retry: true },
  full: { status: 503, reason: "Service Unavailable", retry: true },
  stopping: { status: 503, reason: "Service Unavailable", retry: true },
  node_timeout: { status: 504, reason: "Gateway Timeout", retry: false },
} as const satisfies Record<string, { status: number; reason: string; retry: boolean }>;

export type AnswerCause = keyof typeof answers;

const RETRY_AFTER_MIN_S = 1;
const RETRY_AFTER_SPREAD_S = 4;

/** Whole seconds, spread so that refused clients do not return together. */
export const retryAfterSeconds = (random: () => number): number =>
  RETRY_AFTER_MIN_S + Math.floor(random() * RETRY_AFTER_SPREAD_S);

/** The headers and the text of an answer. `retryAfter` is a node's own wish; else one is drawn where the cause has one. */
export function composeAnswer(
  cause: AnswerCause,
  random: () => number,
  retryAfter?: string,
): { readonly lines: HeaderLines; readonly text: string } {
  const { reason, retry } = answers[cause];
  const text = `${reason}\n`;
  const lines: (readonly [string, string])[] = [
    ["Connection", "close"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(text.length)],
  ];
  if (cause === "bad_version") lines.push(["Sec-WebSocket-Version", "13"]);
  if (retry) lines.push(["Retry-After", retryAfter ?? String(retryAfterSeconds(random))]);
  return { lines, text };
}
