import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { upgradeText } from "../raw-client.ts";

const PAYLOAD_BYTES = 32;

/** A text frame from a client; a mask of zeros leaves the payload as it is. */
export const FRAME = Buffer.concat([
  Buffer.from([0x81, 0x80 | PAYLOAD_BYTES, 0, 0, 0, 0]),
  Buffer.alloc(PAYLOAD_BYTES, "x"),
]);
/** What comes back: the same, unmasked. */
export const ECHO_BYTES = 2 + PAYLOAD_BYTES;

/** Loopback addresses that clients come from: one alone would run out of ports. */
const ADDRESSES = 16;
const OPEN_MS = 15_000;
let turn = 0;

/** A raw socket after its 101. Rejects on any other answer, and after 15 s. */
export async function openWire(port: number): Promise<Socket> {
  const localAddress = `127.0.0.${2 + (turn++ % ADDRESSES)}`;
  const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
  socket.write(upgradeText());
  try {
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const [chunk] = (await once(socket, "data", { signal: AbortSignal.timeout(OPEN_MS) })) as [Buffer];
      head += chunk.toString("latin1");
    }
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`answered ${head.slice(0, 40)}`);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
