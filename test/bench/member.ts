import { connect, type Socket } from "node:net";
import { clientFrame } from "./client-frame.ts";
import { ServerFrames } from "./server-frames.ts";

/** Who a member is; without one it is a bare socket that only counts. */
export interface Login {
  readonly token: string;
  readonly channel: string;
}

export interface MemberEvents {
  /** Subscribed, or for a bare socket connected: from here on lines are counted. */
  onLive(): void;
  onLine(data: Buffer, start: number, end: number): void;
  /** Ended by the other side, or refused. */
  onEnd(why: string): void;
}

type Stage = "upgrade" | "connect" | "subscribe" | "live";

const PONG = clientFrame("{}");
const PING_BYTES = 2;
const UPGRADE = [
  "GET /connection/websocket HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

/** One client of the crowd, cheap enough for thousands: upgrade, connect, subscribe, then count lines and answer pings. */
export class Member {
  readonly #socket: Socket;
  readonly #events: MemberEvents;
  readonly #login: Login | undefined;
  readonly #frames: ServerFrames;
  #stage: Stage;
  #head = "";

  constructor(port: number, login: Login | undefined, events: MemberEvents) {
    this.#login = login;
    this.#events = events;
    this.#stage = login === undefined ? "live" : "upgrade";
    this.#frames = new ServerFrames({
      onLine: (data, start, end) => this.#line(data, start, end),
      onClose: (code, reason) => this.#events.onEnd(`closed with ${code} ${reason}`),
    });
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      if (login === undefined) this.#events.onLive();
      else this.#socket.write(UPGRADE);
    });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", (error) => this.#events.onEnd(error.message));
    this.#socket.on("close", () => this.#events.onEnd("the connection ended"));
  }

  leave(): void {
    this.#socket.removeAllListeners();
    this.#socket.on("error", () => undefined); // what is given up may end as it likes
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#stage !== "upgrade") return this.#frames.read(chunk);
    this.#head += chunk.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!this.#head.startsWith("HTTP/1.1 101 ")) return this.#events.onEnd(this.#head.split("\r\n", 1)[0] ?? "");
    const rest = Buffer.from(this.#head.slice(end + 4), "latin1");
    this.#head = "";
    this.#stage = "connect";
    this.#socket.write(clientFrame(JSON.stringify({ id: 1, connect: { token: this.#login?.token } })));
    if (rest.length > 0) this.#frames.read(rest);
  }

  #line(data: Buffer, start: number, end: number): void {
    if (end - start === PING_BYTES) this.#socket.write(PONG);
    else if (this.#stage === "live") this.#events.onLine(data, start, end);
    else this.#reply(data.toString("utf8", start, end));
  }

  #reply(reply: string): void {
    if (reply.includes('"error"')) return this.#events.onEnd(reply);
    if (this.#stage === "connect") {
      this.#stage = "subscribe";
      this.#socket.write(clientFrame(JSON.stringify({ id: 2, subscribe: { channel: this.#login?.channel } })));
      return;
    }
    this.#stage = "live";
    this.#events.onLive();
  }
}
