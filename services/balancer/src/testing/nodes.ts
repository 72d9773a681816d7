import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { ACCEPT } from "./raw-client.ts";

/** A node that stands behind the balancer. */
export interface TestNode extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  /** Sockets open now. */
  readonly sockets: ReadonlySet<Socket>;
}

async function listening(server: Server, port: number): Promise<TestNode> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

export interface EchoNode extends TestNode {
  /** Every upgrade and request that it has seen. */
  readonly seen: IncomingMessage[];
  healthy: boolean;
  /** Health checks that it has seen. */
  checks: number;
  /** It takes health checks and never answers. */
  frozen: boolean;
}

/** A real `ws` server that echoes, beside plain HTTP by `onRequest`; `/health` and `/ready` answer by `healthy`. */
export async function echoNode(
  onRequest: (request: IncomingMessage, reply: ServerResponse) => void = (_request, reply) => reply.end("ok"),
  port = 0,
): Promise<EchoNode> {
  const seen: IncomingMessage[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
  const server = createHttpServer((request, reply) => {
    if (request.url === "/health" || request.url === "/ready") {
      node.checks += 1;
      return node.frozen ? undefined : reply.writeHead(node.healthy ? 200 : 503).end();
    }
    seen.push(request);
    return onRequest(request, reply);
  });
  server.on("upgrade", (request, socket, head) => {
    seen.push(request);
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
  });
  const node: EchoNode = Object.assign(await listening(server, port), {
    seen,
    healthy: true,
    frozen: false,
    checks: 0,
  });
  return node;
}

export interface RawNode extends TestNode {
  /** What each connection has sent, health checks left out. */
  readonly heard: string[];
}

/** A node of bare bytes: `answer` is called with each complete request head that is not a health check. A half-open one does not end by itself when its peer has. */
export async function rawNode(
  answer: (socket: Socket, head: string) => void,
  { halfOpen = false }: { readonly halfOpen?: boolean } = {},
): Promise<RawNode> {
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: halfOpen }, (socket) => {
    let text = "";
    let index = -1;
    socket.on("data", (chunk) => {
      const before = text.includes("\r\n\r\n");
      text += chunk.toString("latin1");
      if (/^GET \/(health|ready) /.test(text)) {
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      if (index < 0) index = heard.push("") - 1;
      heard[index] = text;
      if (!before && text.includes("\r\n\r\n")) answer(socket, text);
    });
  });
  return Object.assign(await listening(server, 0), { heard });
}

/** The 101 that fits KEY. */
export const OPENED = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;

/** A complete refusal. */
export const refusal = (status: number, headers = "", body = "no"): string =>
  `HTTP/1.1 ${status} Refused\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
