import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Hub } from "@bellwire/hub";
import { uniJsonCodec } from "@bellwire/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { headersToKeep } from "../backend/caller.ts";
import type { Door, Refusal } from "../transports/door.ts";
import { connectRequestIn } from "../transports/stream-kinds.ts";
import { codecOf, type Query, subprotocolOf, wantsFramePings } from "./negotiation.ts";
import { listenerWireOf, wireOf } from "./socket.ts";

const UNI_PATH = "/connection/uni_websocket";
const PATHS: ReadonlySet<string> = new Set(["/connection/websocket", UNI_PATH]);

/** How long a peer may take to answer a close before it is cut, ms. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface UpgradeOptions {
  readonly hub: Hub;
  readonly door: Door;
  /** The largest client frame, bytes; a larger one ends the connection with 1009. */
  readonly frameBytes: number;
  /** Request headers that the shop's backend is told. */
  readonly headers: readonly string[];
  readonly refused: (status: number) => void;
}

/** Turns upgrades on the client path into connections of the hub, or into a plain HTTP refusal before any socket is built. */
export function acceptWebSockets(server: Server, options: UpgradeOptions): void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.frameBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (offered, request) => subprotocolOf(offered, queryOf(request)),
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  server.on("upgrade", (request, tcp, head) => {
    tcp.on("error", () => tcp.destroy());
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) {
      options.refused(refusal.status);
      return refuse(tcp, refusal);
    }
    // Some clients send the header empty, which ws would answer with 400.
    if (request.headers["sec-websocket-protocol"] === "") delete request.headers["sec-websocket-protocol"];
    const join = urlOf(request)?.pathname === UNI_PATH ? attachListener : attach;
    webSockets.handleUpgrade(request, tcp, head, (webSocket) => join(webSocket, tcp, request, options));
  });
}

/** Frames of either kind are taken for what was agreed; one that cannot be read ends the connection with 3501. */
function attach(webSocket: WebSocket, tcp: Duplex, request: IncomingMessage, { hub, headers }: UpgradeOptions): void {
  const query = queryOf(request);
  const codec = codecOf(webSocket.protocol, query);
  const connection = hub.open(wireOf(webSocket, tcp, codec, wantsFramePings(query)), codec, {
    transport: "websocket",
    headers: headersToKeep(request.headers, headers),
  });
  webSocket.on("pong", () => connection.ponged());
  webSocket.on("message", (data) => connection.receive(data as Buffer));
  webSocket.on("close", () => connection.closed());
  // ws closes the connection itself after a protocol error of the peer (1002, 1007, 1009).
  webSocket.on("error", () => undefined);
}

/** A client that only listens: its connect request comes in the query or as its first message; the rest is not read. */
function attachListener(
  webSocket: WebSocket,
  tcp: Duplex,
  request: IncomingMessage,
  { hub, headers }: UpgradeOptions,
): void {
  const connection = hub.open(listenerWireOf(webSocket, tcp, uniJsonCodec), uniJsonCodec, {
    transport: "uni_websocket",
    headers: headersToKeep(request.headers, headers),
  });
  const begin = (text: string): void => {
    const wish = connectRequestIn(text);
    if (wish === undefined) connection.end("badRequest");
    else connection.connect(wish);
  };
  webSocket.on("close", () => connection.closed());
  webSocket.on("error", () => undefined);
  const given = queryOf(request).get("cf_connect");
  if (given === null) webSocket.once("message", (data) => begin(String(data)));
  else begin(given);
}

function refusalOf(request: IncomingMessage, { door }: UpgradeOptions): Refusal | undefined {
  const url = urlOf(request);
  if (url === null || !PATHS.has(url.pathname))
    return { status: 404, why: `clients connect to ${[...PATHS].join(" or ")}` };
  return door(url, request.headers);
}

const urlOf = (request: IncomingMessage): URL | null => URL.parse(request.url ?? "/", "http://node");
const queryOf = (request: IncomingMessage): Query => urlOf(request)?.searchParams ?? new URLSearchParams();

function refuse(tcp: Duplex, { status, why, retryAfterSeconds }: Refusal): void {
  const retry = retryAfterSeconds === undefined ? "" : `Retry-After: ${retryAfterSeconds}\r\n`;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n`;
  tcp.end(`${head}${retry}Content-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`);
  tcp.resume();
}
