import { connect, type Socket } from "node:net";

/** A client without manners: sends what it is told, and keeps what it gets. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  readonly received: string;
  readonly ended: boolean;
  readonly closed: boolean;
  send(text: string): void;
}

export function connectRaw(port: number, options: { readonly localAddress?: string } = {}): RawClient {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, ...options });
  let received = "";
  let ended = false;
  let closed = false;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.on("end", () => {
    ended = true;
  });
  socket.on("close", () => {
    closed = true;
  });
  socket.on("error", () => undefined);
  return {
    socket,
    get received() {
      return received;
    },
    get ended() {
      return ended || closed;
    },
    get closed() {
      return closed;
    },
    send: (text) => void socket.write(text, "latin1"),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The example key of RFC 6455 and what proves it. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** An upgrade's text; a line given as `undefined` is left out, others replace or follow the usual ones. */
export function upgradeText(
  changes: Readonly<Record<string, string | undefined>> = {},
  first = "GET /connection/websocket HTTP/1.1",
): string {
  const usual = {
    Host: "shop.example",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
  };
  const lines = Object.entries<string | undefined>({ ...usual, ...changes });
  const kept = lines.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${first}\r\n${kept.join("")}\r\n`;
}
