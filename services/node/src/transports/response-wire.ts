import type { ServerResponse } from "node:http";
import type { Frame, Wire } from "@bellwire/hub";
import type { Codec } from "@bellwire/protocol";

/**
 * An HTTP response without end seen as a wire. What waits for a slow reader is counted as on a WebSocket. It ends with a
 * push that says why, and is cut `closeMs` later if its reader has not taken that.
 */
export const wireOfResponse = (response: ServerResponse, codec: Codec, closeMs: number): Wire => ({
  send: (frame: Frame): boolean => isOver(response) || response.write(frame.payload),
  close(close) {
    if (isOver(response)) return;
    const late = setTimeout(() => response.destroy(), closeMs);
    response.once("close", () => clearTimeout(late));
    response.end(codec.push({ kind: "disconnect", close }));
  },
  get bufferedBytes() {
    return response.writableLength;
  },
});

const isOver = (response: ServerResponse): boolean => response.writableEnded || response.destroyed;
