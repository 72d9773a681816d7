import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";

export interface Heard {
  readonly id?: number;
  readonly error?: { readonly code: number };
  readonly push?: { readonly channel?: string };
  readonly [method: string]: unknown;
}
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client without manners: it says whatever it is told to, and keeps what it hears. */
export class RawClient implements Disposable {
  readonly heard: Heard[] = [];
  readonly closed: Promise<Closed>;
  readonly socket: WebSocket;
  #id = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => undefined); // "close" follows; `once` would reject for it.
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    socket.on("message", (data) => {
      for (const line of String(data).split("\n")) this.heard.push(JSON.parse(line) as Heard);
      if (this.heard.some((message) => Object.keys(message).length === 0)) socket.send("{}");
    });
  }

  /** Resolves with the client, or with the status that its upgrade was refused with. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawClient | number> {
    const socket = new WebSocket(url, { headers });
    const client = new RawClient(socket);
    const refused = once(socket, "unexpected-response").then(([, response]) => {
      const { statusCode = 0 } = response as IncomingMessage;
      socket.terminate();
      return statusCode;
    });
    return Promise.race([once(socket, "open").then(() => client), refused]);
  }

  /** One that was let in. */
  static async connected(url: string, token: string): Promise<RawClient> {
    const client = await RawClient.open(url);
    if (typeof client === "number") throw new Error(`refused with ${client}`);
    const answer = await client.say("connect", { token });
    if (!("connect" in answer)) throw new Error(`not connected: ${JSON.stringify(answer)}`);
    return client;
  }

  /** Resolves with the answer, or with how the connection ended. */
  async say(method: string, request: object): Promise<Heard | Closed> {
    this.#id += 1;
    const id = this.#id;
    const answered = new Promise<Heard>((resolve) => {
      const look = (): void => {
        const answer = this.heard.find((message) => message.id === id);
        if (answer === undefined) return;
        this.socket.off("message", look);
        resolve(answer);
      };
      this.socket.on("message", look);
    });
    this.socket.send(JSON.stringify({ id, [method]: request }));
    return Promise.race([answered, this.closed]);
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
