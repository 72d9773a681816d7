import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Exchange } from "../forwarding/exchange.ts";
import type { Forwarding } from "../forwarding/forwarding.ts";
import type { PlainRequest } from "../heads/plain-request.ts";
import type { NegotiateDoor } from "../negotiate/door.ts";
import type { Visitor } from "../trust/visitor.ts";
import type { Wire } from "../wires/wire.ts";

const CHECKING_MS = 500;

/** A plain request that may be served: its head has been read and checked. */
export interface Admitted {
  readonly request: PlainRequest;
  readonly visitor: Visitor;
  /** The node that it is stuck to. */
  readonly wanted: string | undefined;
}

/** Serves plain requests. */
export interface PlainDoor {
  /** `bytes` are all that has been read of the wire, which it releases. */
  take(wire: Wire, bytes: Buffer, admitted: Admitted): void;
  cutAll(): void;
}

/**
 * Node's HTTP server, never listening, reads bodies and frames answers for connections whose first head we have read. What
 * it makes of that head must be the same. One connection serves one request: another one on it is never served.
 */
export function createPlainDoor(forwarding: Forwarding, negotiate: NegotiateDoor): PlainDoor {
  const { limits, observer } = forwarding;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    requestTimeout: limits.headerMs + limits.bodyMs,
    connectionsCheckingInterval: Math.min(CHECKING_MS, limits.headerMs),
    requireHostHeader: false, // We have checked it.
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = limits.headerCount;
  const admitted = new WeakMap<object, Admitted>();
  const served = new WeakSet<object>();

  server.on("request", (incoming: IncomingMessage, reply: ServerResponse) => {
    const { socket } = incoming;
    if (served.has(socket)) return; // Pipelined: the connection closes after the first answer.
    served.add(socket);
    const client = admitted.get(socket);
    if (client === undefined || !isSame(incoming, client.request)) return void socket.destroy();
    const { request, visitor, wanted } = client;
    if (request.route === "negotiate") return negotiate.serve({ incoming, reply }, client);
    return void new Exchange({ incoming, reply, visitor, wanted }, request, forwarding);
  });
  server.on("upgrade", (_incoming, socket) => {
    observer.outOfTurn(); // Behind a request; an upgrade that came first is not brought here.
    socket.destroy();
  });
  server.on("clientError", (_error, socket) => void socket.destroy());

  return {
    take: (wire, bytes, client) => {
      const socket = wire.release();
      admitted.set(socket, client);
      socket.unshift(Buffer.from(bytes));
      server.emit("connection", socket);
      socket.resume();
    },
    cutAll: () => server.closeAllConnections(),
  };
}

const isSame = ({ method, url }: IncomingMessage, request: PlainRequest): boolean =>
  method === request.method && url === request.target;
