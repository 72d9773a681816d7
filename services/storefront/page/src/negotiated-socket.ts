/** How long the balancer may take to answer, ms; then the connection is made through it. */
const ASK_MS = 3_000;

type Handler<Event> = ((event: Event) => void) | null;

/** What the SDK uses of a WebSocket. */
interface Socket {
  onopen: Handler<never>;
  onerror: Handler<never>;
  onclose: Handler<never>;
  onmessage: Handler<never>;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export interface NegotiatedParts {
  /** Resolves to the address to connect to; rejects when it cannot be had. */
  readonly ask: (endpoint: string) => Promise<string>;
  readonly open: (url: string) => object;
}

/**
 * A WebSocket class for the SDK's `websocket` option that asks where to connect before each connect: at the balancer's
 * `/negotiate`, which names a node. Without an answer, and after a node could not be reached, it takes the endpoint
 * itself: through the balancer there is always a way.
 */
export function negotiatedSocket({ ask, open }: NegotiatedParts): new (endpoint: string) => object {
  let wasUnreachable = false;

  const addressFor = async (endpoint: string): Promise<string> => {
    if (wasUnreachable) {
      wasUnreachable = false;
      return endpoint;
    }
    try {
      return await ask(endpoint);
    } catch {
      return endpoint; // The balancer's own answer to the connect will say what is wrong.
    }
  };

  return class NegotiatedSocket {
    onopen: Handler<unknown> = null;
    onerror: Handler<unknown> = null;
    onclose: Handler<unknown> = null;
    onmessage: Handler<unknown> = null;
    #socket: Socket | undefined;
    #closed = false;

    constructor(endpoint: string) {
      void addressFor(endpoint).then((url) => this.#open(url, url !== endpoint));
    }

    send(data: string): void {
      this.#socket?.send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#closed) return;
      this.#closed = true;
      if (this.#socket === undefined) queueMicrotask(() => this.onclose?.({ code: 1_000, reason: "" }));
      else this.#socket.close(code, reason);
    }

    #open(url: string, direct: boolean): void {
      if (this.#closed) return;
      const socket = open(url) as Socket;
      this.#socket = socket;
      let opened = false;
      socket.onopen = (event) => {
        opened = true;
        this.onopen?.(event);
      };
      socket.onerror = (event) => this.onerror?.(event);
      socket.onmessage = (event) => this.onmessage?.(event);
      socket.onclose = (event) => {
        if (direct && !opened) wasUnreachable = true;
        this.onclose?.(event);
      };
    }
  };
}

/** Asks the balancer behind a WebSocket endpoint. */
export async function askBalancer(endpoint: string): Promise<string> {
  const url = new URL("/negotiate", endpoint);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const answer = await fetch(url, { method: "POST", credentials: "omit", signal: AbortSignal.timeout(ASK_MS) });
  if (!answer.ok) throw new Error(`the balancer answered ${answer.status}`);
  const offer: unknown = await answer.json();
  const address = typeof offer === "object" && offer !== null && "url" in offer ? offer.url : undefined;
  if (typeof address !== "string" || !/^wss?:\/\//.test(address)) throw new Error("the balancer named no address");
  return address;
}
