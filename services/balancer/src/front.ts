import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { plainAddress } from "./address.ts";
import type { AnswerCause } from "./answers.ts";
import { answerPlain, Exchange } from "./exchange.ts";
import type { Forwarding } from "./forwarding.ts";
import { Handshake } from "./handshake.ts";
import { headerLines } from "./headers.ts";
import { readPlain } from "./plain-request.ts";
import { ignoreError, refuse } from "./refusal.ts";
import { type RequestHead, readUpgrade } from "./upgrade-request.ts";

const CHECKING_MS = 500;
const KEEPALIVE_MS = 30_000;

/** The public port as it is seen from the outside. */
export interface Front {
  readonly server: Server;
  /** From now on every request is answered 503. */
  stopTaking(): void;
}

/** Accepts clients. One connection serves one request: whatever follows it on the same connection is never read as one. */
export function createFront(forwarding: Forwarding): Front {
  const { limits, sweep, observer, random } = forwarding;
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
  let stopping = false;

  const refusalOf = (head: RequestHead): AnswerCause | undefined => {
    if (stopping) return "stopping";
    if (head.lines.length > limits.headerCount) return "header_too_large";
    return sweep.size >= limits.open ? "full" : undefined;
  };

  server.on("request", (incoming: IncomingMessage, reply: ServerResponse) => {
    const socket = incoming.socket;
    if (served.has(socket)) return; // Pipelined: the connection closes after the first answer.
    served.add(socket);
    const head = headOf(incoming);
    const key = keyOf(socket);
    const refusal = refusalOf(head);
    const reading =
      refusal === undefined ? readPlain(head, key, limits.bodyBytes) : ({ ok: false, cause: refusal } as const);
    if (reading.ok) return void new Exchange({ incoming, reply, key }, reading.request, forwarding);
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
    const key = keyOf(socket);
    const refusal = refusalOf(request);
    const reading = refusal === undefined ? readUpgrade(request, key) : ({ ok: false, cause: refusal } as const);
    if (reading.ok) return void new Handshake({ socket, key, head }, reading.request, forwarding);
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

  server.on("drop", () => observer.dropped());
  return {
    server,
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

const keyOf = (socket: Socket): string => plainAddress(socket.remoteAddress ?? "unknown");
