import type { IncomingMessage, ServerResponse } from "node:http";
import { type AnswerCause, answers, composeAnswer } from "../heads/answers.ts";
import type { Visitor } from "../trust/visitor.ts";
import type { Negotiator } from "./negotiator.ts";

/** A body is not needed; more than this is not read, bytes. */
const MAX_BODY_BYTES = 1_024;
const PREFLIGHT_SECONDS = 600;
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

export interface DoorRules {
  /** The balancer's WebSocket address for clients; absent: made from the Host that they used. */
  readonly publicUrl: string | undefined;
  /** Whose pages may ask; `*` is every page. */
  readonly origins: readonly string[];
}

export interface NegotiateDoor {
  serve(
    http: { readonly incoming: IncomingMessage; readonly reply: ServerResponse },
    client: { readonly visitor: Visitor; readonly wanted: string | undefined },
  ): void;
}

/** `POST /negotiate` on the public port. The request's head has been checked. */
export function createNegotiateDoor(
  negotiator: Negotiator,
  parts: {
    readonly rules: DoorRules;
    readonly random: () => number;
    readonly answered: (cause: AnswerCause) => void;
    readonly negotiated: (direct: boolean) => void;
  },
): NegotiateDoor {
  const { rules, random, answered, negotiated } = parts;
  const refuse = (reply: ServerResponse, cause: AnswerCause, headers: readonly string[]): void => {
    answered(cause);
    const { lines, text } = composeAnswer(cause, random);
    reply.writeHead(answers[cause].status, [...headers, ...lines.flat()]).end(text);
  };
  return {
    serve({ incoming, reply }, { visitor, wanted }) {
      bound(incoming);
      const cors = corsOf(incoming.headers.origin, rules.origins);
      if (incoming.method === "OPTIONS") {
        reply.writeHead(204, [...cors, ...PREFLIGHT, "Connection", "close"]).end();
        return;
      }
      const host = incoming.headers.host ?? "";
      if (incoming.method !== "POST" || !HOST.test(host)) return refuse(reply, "malformed", cors);
      const ownUrl = rules.publicUrl ?? `${visitor.scheme === "https" ? "wss" : "ws"}://${host}/connection/websocket`;
      const made = negotiator.negotiate({ group: visitor.group, wanted }, ownUrl);
      if (!made.ok) return refuse(reply, made.cause, cors);
      negotiated(made.offer.ticket !== undefined);
      const body = JSON.stringify(made.offer);
      reply.writeHead(200, [...cors, ...JSON_HEADERS, "Content-Length", String(Buffer.byteLength(body))]).end(body);
    },
  };
}

const JSON_HEADERS = [
  "Content-Type",
  "application/json; charset=utf-8",
  "Cache-Control",
  "no-store",
  "Connection",
  "close",
];

const PREFLIGHT = [
  ...["Access-Control-Allow-Methods", "POST", "Access-Control-Allow-Headers", "content-type"],
  ...["Access-Control-Max-Age", String(PREFLIGHT_SECONDS), "Content-Length", "0"],
];

function corsOf(origin: string | undefined, origins: readonly string[]): readonly string[] {
  if (origins.includes("*")) return ["Access-Control-Allow-Origin", "*"];
  if (origin === undefined || !origins.includes(origin)) return ["Vary", "Origin"];
  return ["Access-Control-Allow-Origin", origin, "Vary", "Origin"];
}

function bound(incoming: IncomingMessage): void {
  let bytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) incoming.destroy();
  });
  incoming.on("error", () => undefined); // The connection is gone; "close" of the reply follows.
}
