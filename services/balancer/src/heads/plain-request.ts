import type { Visitor } from "../trust/visitor.ts";
import type { AnswerCause } from "./answers.ts";
import { type HeaderLines, tokensOf, towardsNode, valuesOf } from "./headers.ts";
import { type Route, routeOf } from "./routes.ts";
import type { RequestHead } from "./upgrade-request.ts";

/** A plain request that may be forwarded. */
export interface PlainRequest {
  readonly method: string;
  readonly target: string;
  readonly lines: HeaderLines;
  readonly hasBody: boolean;
  readonly route: Route;
}

export type PlainReading =
  | { readonly ok: true; readonly request: PlainRequest }
  | { readonly ok: false; readonly cause: AnswerCause };

const METHODS = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

/** Checks a plain request's head, and what the node gets of it. */
export function readPlain(head: RequestHead, visitor: Visitor, maxBodyBytes: number): PlainReading {
  const { method, target, lines } = head;
  const body = framingOf(lines);
  const route = routeOf(target);
  const malformed = route === "malformed" || body === "malformed" || valuesOf(lines, "host").length !== 1;
  if (malformed || !METHODS.has(method) || (body !== 0 && method !== "POST")) return { ok: false, cause: "malformed" };
  if (route === "unknown") return { ok: false, cause: "not_found" };
  if (body !== "chunked" && body > maxBodyBytes) return { ok: false, cause: "body_too_large" };
  return { ok: true, request: { method, target, lines: towardsNode(lines, visitor), hasBody: body !== 0, route } };
}

/** How a request's body is delimited: by one length, by chunks, or so that two readers could disagree. */
function framingOf(lines: HeaderLines): number | "chunked" | "malformed" {
  const lengths = valuesOf(lines, "content-length");
  const codings = tokensOf(lines, "transfer-encoding");
  if (lengths.length + codings.length > 1) return "malformed";
  if (codings.length === 1) return codings[0] === "chunked" ? "chunked" : "malformed";
  const [length = "0"] = lengths;
  return /^\d{1,15}$/.test(length) ? Number(length) : "malformed";
}
