import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Arrivals } from "./admission/arrivals.ts";
import type { AnswerCause } from "./answers.ts";
import { answerPlain, Exchange } from "./exchange.ts";
import type { Forwarding } from "./forwarding.ts";
import { Handshake } from "./handshake.ts";
import { headerLines } from "./headers.ts";
import type { NegotiateDoor } from "./negotiate/door.ts";
import { readPlain } from "./plain-request.ts";
import { ignoreError, refuse } from "./refusal.ts";
import { routeOf } from "./routes.ts";
import type { Visitor } from "./trust/visitor.ts";
import { type RequestHead, readUpgrade } from "./upgrade-request.ts";

const CHECKING_MS = 500;
const KEEPALIVE_MS = 30_000;

/** What every port leads to. */
export interface Front {
  /** Listens on the plain public port. */
  readonly server: Server;
  /** Takes a connection of another port; `source` is its client where that is proven. */
  take(socket: Socket, source?: string): void;
  /** From now on every request is answered 503. */
  stopTaking(): void;
}

/** Accepts clients. One connection serves one request: whatever follows it on the same connection is never read as one. */
export function createFront(forwarding: Forwarding, arrivals: Arrivals, negotiate: NegotiateDoor): Front {
  const { limits, sweep, observer, random, stickiness } = forwarding;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    requestTimeout: limits.headerMs + limits.bodyMs,
    connectionsCheckingInterval: Math.min(CHECKING_MS, limits.headerMs),
    requireHostHeader: false, // We check it ourselves, for upgrades too.
    insecureHTTPParser: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
  });
  server.maxHeadersCount = limits.headerCount + 1; // One more than allowed, to see that there are too many.
  server.maxConnections = limits.connections;
  /** Connections that have had their request; what else they say is out of turn. */
  const served = new WeakSet<object>();
  const leaving = new WeakSet<object>();
  /** The clients that PROXY headers have named. */
  const sources = new WeakMap<object, string>();
  let stopping = false;

  const refusalOf = (head: RequestHead, visitor: Visitor): AnswerCause | undefined => {
    if (stopping) return "stopping";
    if (head.lines.length > limits.headerCount) return "header_too_large";
    return sweep.size >= limits.open ? "full" : arrivals.refusalOf(visitor);
  };

  server.on("connection", (socket: Socket) => {
    arrivals.arrive(socket, sources.get(socket));
  });

  server.on("request", (incoming: IncomingMessage, reply: ServerResponse) => {
    const socket = incoming.socket;
    if (served.has(socket)) return; // Pipelined: the connection closes after the first answer.
    served.add(socket);
    const head = headOf(incoming);
    const visitor = arrivals.visitor(socket, head.lines);
    const refusal = refusalOf(head, visitor);
    const reading =
      refusal === undefined ? readPlain(head, visitor, limits.bodyBytes) : ({ ok: false, cause: refusal } as const);
    if (reading.ok) {
      const wanted = stickiness.wantedBy(head);
      if (routeOf(head.target) === "negotiate") return negotiate.serve({ incoming, reply }, { visitor, wanted });
      return void new Exchange({ incoming, reply, visitor, wanted }, reading.request, forwarding);
    }
    observer.answered(reading.cause);
    answerPlain(reply, reading.cause, random);
    incoming.resume();
  });

  server.on("upgrade", (incoming: IncomingMessage, stream, head) => {
    const socket = stream as Socket;
    socket.on("error", ignoreError);
    if (served.has(socket)) {
      observer.outOfTurn();
      return void socket.destroy();
    }
    served.add(socket);
    socket.setTimeout(0);
    const request = headOf(incoming);
    const visitor = arrivals.visitor(socket, request.lines);
    const refusal = refusalOf(request, visitor);
    const reading = refusal === undefined ? readUpgrade(request, visitor) : ({ ok: false, cause: refusal } as const);
    if (reading.ok) {
      const wanted = stickiness.wantedBy(request);
      return void new Handshake({ socket, visitor, wanted, head }, reading.request, forwarding);
    }
    observer.answered(reading.cause);
    refuse(socket, reading.cause, { sweep, lingerMs: limits.lingerMs, random });
  });

  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (leaving.has(socket)) return;
    leaving.add(socket);
    const cause = clientErrors[error.code ?? ""] ?? "malformed";
    if (error.code === "ECONNRESET" || served.has(socket) || !socket.writable) return void socket.destroy();
    observer.answered(cause);
    refuse(socket, cause, { sweep, lingerMs: limits.lingerMs, random });
  });

  server.on("drop", () => observer.dropped("connections"));
  return {
    server,
    take: (socket, source) => {
      if (source !== undefined) sources.set(socket, source);
      server.emit("connection", socket);
    },
    stopTaking: () => {
      stopping = true;
    },
  };
}

const clientErrors: Readonly<Record<string, AnswerCause>> = {
  HPE_HEADER_OVERFLOW: "header_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "header_timeout",
};

const headOf = ({ method, httpVersion, url, rawHeaders }: IncomingMessage): RequestHead => ({
  method: method ?? "",
  version: httpVersion,
  target: url ?? "",
  lines: headerLines(rawHeaders),
});
