import { hash } from "node:crypto";
import type { Visitor } from "../trust/visitor.ts";
import type { AnswerCause } from "./answers.ts";
import { formatHead, type HeaderLines, onlyValue, tokensOf, towardsNode, valuesOf } from "./headers.ts";
import { routeOf } from "./routes.ts";

/** A request's head as any HTTP parser delivers it: the seam behind which the public port's parser can change. */
export interface RequestHead {
  readonly method: string;
  /** `1.1` */
  readonly version: string;
  readonly target: string;
  readonly lines: HeaderLines;
}

/** An upgrade that may be shown to a node. */
export interface UpgradeRequest {
  /** What the node is sent, in latin1. */
  readonly text: string;
  /** The Sec-WebSocket-Accept that proves that the node speaks WebSocket. */
  readonly accept: string;
}

export type UpgradeReading =
  | { readonly ok: true; readonly request: UpgradeRequest }
  | { readonly ok: false; readonly cause: AnswerCause };

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = /^[A-Za-z0-9+/]{22}==$/;

export const acceptOf = (key: string): string => hash("sha1", key + WEBSOCKET_GUID, "base64");

/** Checks all that HTTP and RFC 6455 ask of an opening handshake, and builds what the node gets. */
export function readUpgrade(head: RequestHead, visitor: Visitor): UpgradeReading {
  const cause = faultOf(head);
  if (cause !== undefined) return { ok: false, cause };
  const [key = ""] = valuesOf(head.lines, "sec-websocket-key");
  const lines = towardsNode(head.lines, visitor, PROVEN);
  lines.push(["Sec-WebSocket-Version", "13"], ["Sec-WebSocket-Key", key]);
  lines.push(["Connection", "Upgrade"], ["Upgrade", "websocket"]);
  return { ok: true, request: { text: formatHead(`GET ${head.target} HTTP/1.1`, lines), accept: acceptOf(key) } };
}

/** Written anew after the filter, so that a client cannot have them dropped by listing them in Connection. */
const PROVEN = new Set(["sec-websocket-version", "sec-websocket-key"]);

function faultOf({ method, version, target, lines }: RequestHead): AnswerCause | undefined {
  const route = routeOf(target);
  if (method !== "GET" || version !== "1.1" || route === "malformed") return "malformed";
  if (onlyValue(lines, "host") === undefined || !KEY.test(onlyValue(lines, "sec-websocket-key") ?? ""))
    return "malformed";
  if (valuesOf(lines, "content-length").length > 0 || valuesOf(lines, "transfer-encoding").length > 0)
    return "malformed";
  if (onlyValue(lines, "upgrade")?.toLowerCase() !== "websocket" || !tokensOf(lines, "connection").includes("upgrade"))
    return "malformed";
  if (onlyValue(lines, "sec-websocket-version") !== "13") return "bad_version";
  return route === "connection" ? undefined : "not_found";
}
