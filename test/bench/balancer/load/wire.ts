import { connect, type Socket } from "node:net";

const PATH = "/connection/websocket";

const upgradeTo = (path: string): string => [`GET ${path} HTTP/1.1`, ...UPGRADE_LINES, "\r\n"].join("\r\n");

const UPGRADE_LINES = [
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Origin: http://shop.example",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
  "Accept-Language: en",
  "Cache-Control: no-cache",
];

const PAYLOAD_BYTES = 32;
/** A text frame from a client; a mask of zeros leaves the payload as it is. */
export const FRAME = Buffer.concat([
  Buffer.from([0x81, 0x80 | PAYLOAD_BYTES, 0, 0, 0, 0]),
  Buffer.alloc(PAYLOAD_BYTES, "x"),
]);
/** What comes back: the same, unmasked. */
export const ECHO_BYTES = 2 + PAYLOAD_BYTES;

const ADDRESSES = 16;
let turn = 0;
const nextAddress = (): string => `127.0.0.${2 + (turn++ % ADDRESSES)}`;

/** A raw socket after its 101, from one of 16 loopback addresses in turn. Rejects on any other answer. */
export function openWire(port: number, path = PATH): Promise<Socket> {
  const localAddress = nextAddress();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
    let head = "";
    const onData = (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData).off("close", onClose);
      if (head.startsWith("HTTP/1.1 101")) resolve(socket);
      else reject(new Error(`port ${port} answered ${head.slice(0, 40)}`));
    };
    const onClose = () => reject(new Error(`port ${port} closed without an answer`));
    socket.on("data", onData).on("close", onClose).on("error", reject);
    socket.write(upgradeTo(path));
  });
}

/** Ends it; resolves once the other side has too. */
export const endWire = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve());
    socket.resume().end();
  });

const NEGOTIATE = [
  "POST /negotiate HTTP/1.1",
  "Host: 127.0.0.1",
  "Content-Length: 0",
  "Origin: http://shop.example",
  "\r\n",
].join("\r\n");

/** A raw socket to the node that a balancer names, after its 101; the ticket is in the URL. */
export async function negotiateWire(port: number): Promise<Socket> {
  const { url } = JSON.parse(await ask(port)) as { url: string };
  const { port: nodePort, pathname, search } = new URL(url);
  return openWire(Number(nodePort), `${pathname}${search}`);
}

/** The body of the answer to one negotiation. */
function ask(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: nextAddress() });
  let text = "";
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n", 2);
      if (head.startsWith("HTTP/1.1 200")) resolve(body);
      else reject(new Error(`port ${port} answered ${head.slice(0, 40)}`));
    });
    socket.on("error", reject);
    socket.write(NEGOTIATE);
  });
}
