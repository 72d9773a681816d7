import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** How a node meets upgrades. Its health is another matter: see `healthy`. */
export type Behaviour =
  | { readonly kind: "serve" }
  | { readonly kind: "late"; readonly ms: number }
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfter?: number }
  /** Accepts the connection and never answers. */
  | { readonly kind: "mute" }
  /** Answers 101 without the proof of the key. */
  | { readonly kind: "unproven" };

/** What a test tells a node. */
export type Order = { readonly behave: Behaviour } | { readonly healthy: boolean } | { readonly report: number };

/** What a node has seen since it started, health checks left out; requests beyond the first 5,000 are only counted. */
export interface NodeReport {
  readonly seen: readonly { readonly line: string; readonly headers: readonly string[] }[];
  readonly requests: number;
  readonly open: number;
  readonly sockets: number;
}

const SLOW_ANSWER_MS = 500;
const KEPT_REQUESTS = 5_000;

const [id = "node", port = "0"] = process.argv.slice(2);
const seen: { line: string; headers: string[] }[] = [];
let behaviour: Behaviour = { kind: "serve" };
let healthy = true;
let requests = 0;

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 65_536 });
sockets.on("headers", (lines) => void lines.push(`X-Node: ${id}`));
sockets.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, binary) => {
    if (binary) return flood(socket, Number(data));
    socket.send(data, { binary });
  });
});

/** Megabytes at once, for clients that do not read; a binary message asks for it. */
function flood(socket: WebSocket, megabytes: number): void {
  const megabyte = Buffer.alloc(1_048_576);
  for (let sent = 0; sent < megabytes; sent++) socket.send(megabyte);
}

function note({ method, url, rawHeaders }: IncomingMessage): void {
  requests += 1;
  if (seen.length < KEPT_REQUESTS) seen.push({ line: `${method} ${url}`, headers: rawHeaders });
}

const server = createServer((request, reply) => {
  if (request.url === "/ready") return reply.writeHead(healthy ? 200 : 503).end();
  note(request);
  if (request.url === "/api/slow") return setTimeout(() => reply.end("slow"), SLOW_ANSWER_MS);
  return request.resume().on("end", () => reply.writeHead(200, { "x-node": id }).end("ok"));
});
server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => socket.destroy());
  note(request);
  meet(request, socket, head);
});

function meet(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const accept = () =>
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
  switch (behaviour.kind) {
    case "serve":
      return accept();
    case "late":
      setTimeout(accept, behaviour.ms);
      return;
    case "refuse": {
      const retry = behaviour.retryAfter === undefined ? "" : `Retry-After: ${behaviour.retryAfter}\r\n`;
      socket.end(`HTTP/1.1 ${behaviour.status} Refused\r\n${retry}Content-Length: 2\r\nConnection: close\r\n\r\nno`);
      return;
    }
    case "mute":
      socket.resume().on("end", () => socket.end());
      return;
    case "unproven":
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      return;
  }
}

process.on("message", (order: Order) => {
  if ("behave" in order) behaviour = order.behave;
  else if ("healthy" in order) healthy = order.healthy;
  else
    server.getConnections((error, count) => {
      if (error) throw error;
      const report: NodeReport = { seen, requests, open: sockets.clients.size, sockets: count };
      process.send?.({ answer: order.report, report });
    });
});
process.on("disconnect", () => process.exit(0));

server.listen({ port: Number(port), host: "127.0.0.1", backlog: 2_048 }, () => process.send?.({ listening: true }));
