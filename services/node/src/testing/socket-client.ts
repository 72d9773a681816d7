import { once } from "node:events";
import { WebSocket } from "ws";

export interface Reply {
  readonly id?: number;
  readonly error?: { readonly code: number; readonly message: string; readonly temporary?: boolean };
  readonly push?: Readonly<Record<string, unknown>>;
  readonly [method: string]: unknown;
}

/** A client that says what it is told to, and keeps what it hears. */
export class SocketClient implements Disposable {
  readonly heard: Reply[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, "close").then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      for (const line of String(data).split("\n")) this.#hear(JSON.parse(line) as Reply);
    });
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<SocketClient> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/connection/websocket`, { headers });
    const client = new SocketClient(socket);
    await once(socket, "open");
    return client;
  }

  /** Resolves with the reply, or with how the connection ended. */
  async call(method: string, request: object = {}): Promise<Reply & { readonly code?: number }> {
    this.#id += 1;
    const id = this.#id;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, [method]: request }));
    return Promise.race([replied, this.closed]);
  }

  #hear(reply: Reply): void {
    this.heard.push(reply);
    if (Object.keys(reply).length === 0) this.#socket.send("{}");
    if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
