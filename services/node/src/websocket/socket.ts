import type { Duplex } from "node:stream";
import type { Frame, Wire } from "@bellwire/hub";
import type { Codec } from "@bellwire/protocol";
import type { WebSocket } from "ws";
import { serverFrame } from "./server-frame.ts";

/**
 * A WebSocket seen as a wire. Without compression every client gets the same bytes, so a frame is built once, kept on the
 * shared `Frame`, and written to the TCP socket past `ws`, which itself only reads, answers control frames and closes.
 * With `framePings` heartbeats are its own control frames.
 */
export const wireOf = (webSocket: WebSocket, tcp: Duplex, { binary }: Codec, framePings: boolean): Wire => ({
  ...(framePings && { ping: () => webSocket.readyState === webSocket.OPEN && webSocket.ping() }),
  send(frame: Frame): boolean {
    if (webSocket.readyState !== webSocket.OPEN) return true;
    frame.framed ??= serverFrame(frame.payload, binary);
    return tcp.write(frame.framed);
  },
  close: ({ code, reason }) => webSocket.close(code, reason),
  get bufferedBytes() {
    return tcp.writableLength;
  },
});

/** The same for a client that only listens: before its connection is closed, a push says why as on every such transport. */
export function listenerWireOf(webSocket: WebSocket, tcp: Duplex, codec: Codec): Wire {
  const wire = wireOf(webSocket, tcp, codec, false);
  return {
    send: (frame) => wire.send(frame),
    close(close) {
      if (webSocket.readyState === webSocket.OPEN)
        tcp.write(serverFrame(codec.push({ kind: "disconnect", close }), codec.binary));
      wire.close(close);
    },
    get bufferedBytes() {
      return wire.bufferedBytes;
    },
  };
}
