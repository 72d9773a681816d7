import type { Options } from "centrifuge";
import { EventSource } from "eventsource";
import { WebSocket } from "ws";

/** A client's connection, as the network has it: what is done to it the client is not told. */
export interface Line {
  /** What the SDK connects with. */
  readonly options: Partial<Options>;
  /** Reads nothing for so long, ms. */
  stall(ms: number): void;
  /** Ends without a word. */
  vanish(): void;
  /** Ends as it should, and the client comes back at once. */
  leave(): void;
}

/** The line of a client on WebSocket. */
export function socketLine(): Line {
  let socket: WebSocket | undefined;
  return {
    options: {
      websocket: class extends WebSocket {
        constructor(address: string, protocols?: string | string[]) {
          super(address, protocols);
          socket = this;
        }
      },
    },
    stall(ms) {
      const stalled = socket;
      if (stalled?.readyState !== WebSocket.OPEN) return;
      stalled.pause();
      setTimeout(() => stalled.resume(), ms);
    },
    vanish: () => socket?.terminate(),
    leave: () => socket?.close(),
  };
}

/** The line of a client on an HTTP stream or on server-sent events. */
export function streamLine(): Line {
  let stream = new AbortController();
  let stalled: Promise<unknown> | undefined;
  const through: typeof fetch = async (input, init) => {
    if (!String(input).includes("/connection/")) return fetch(input, init);
    const own = new AbortController();
    stream = own;
    const { signal } = init ?? {};
    const response = await fetch(input, {
      ...init,
      signal: AbortSignal.any([own.signal, ...(signal ? [signal] : [])]),
    });
    const waiting = new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        await stalled;
        controller.enqueue(chunk);
      },
    });
    const { status, headers } = response;
    return new Response(response.body?.pipeThrough(waiting), { status, headers });
  };
  return {
    options: {
      fetch: through,
      readableStream: ReadableStream,
      eventsource: class extends EventSource {
        constructor(url: string | URL) {
          super(url, { fetch: through });
        }
      },
    },
    stall(ms) {
      stalled = new Promise((resolve) => setTimeout(resolve, ms));
    },
    vanish: () => stream.abort(),
    leave: () => stream.abort(),
  };
}
