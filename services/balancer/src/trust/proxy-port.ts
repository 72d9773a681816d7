import { createServer, type Server, type Socket } from "node:net";
import type { Sweep, Swept } from "../forwarding/sweep.ts";
import type { Observer } from "../observing/observer.ts";
import { plainAddress } from "../pool/address.ts";
import { ignoreError } from "../wires/socket-wire.ts";
import type { Networks } from "./networks.ts";
import { readProxyHeader } from "./proxy-header.ts";

interface ProxyPort {
  readonly sweep: Sweep;
  readonly observer: Observer;
  /** From connect to the end of the header. */
  readonly headerMs: number;
  /** Takes a connection whose header has been read, paused. `source` is its client, absent for the proxy's own connections. */
  readonly onClient: (socket: Socket, source: string | undefined) => void;
}

/** A port where every connection must begin with a PROXY protocol header, from listed networks only. Not yet listening. */
export function createProxyPort(from: Networks, parts: ProxyPort): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (from.has(plainAddress(socket.remoteAddress ?? ""))) return void new Greeting(socket, parts);
    parts.observer.dropped("proxy_untrusted");
    socket.destroy();
  });
}

/** A connection until its header is complete. */
class Greeting implements Swept {
  readonly #socket: Socket;
  readonly #parts: ProxyPort;
  readonly #until: number;
  readonly #onChunk = (chunk: Buffer): void => this.#heard(chunk);
  readonly #onGone = (): void => this.#drop();
  #received: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, parts: ProxyPort) {
    this.#socket = socket;
    this.#parts = parts;
    this.#until = parts.sweep.now + parts.headerMs;
    parts.sweep.add(this);
    socket.on("error", ignoreError);
    socket.on("data", this.#onChunk).on("end", this.#onGone).on("close", this.#onGone);
  }

  check(now: number): void {
    if (now >= this.#until) this.#drop();
  }

  cut(): void {
    this.#drop();
  }

  #heard(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    const reading = readProxyHeader(this.#received);
    if (reading.kind === "incomplete") return;
    if (reading.kind === "bad") return this.#drop();
    this.#detach();
    this.#socket.pause();
    const rest = this.#received.subarray(reading.bytes);
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#parts.onClient(this.#socket, reading.source && plainAddress(reading.source));
  }

  #drop(): void {
    this.#detach();
    this.#parts.observer.dropped("proxy_header");
    this.#socket.destroy();
  }

  #detach(): void {
    this.#parts.sweep.delete(this);
    this.#socket.off("data", this.#onChunk).off("end", this.#onGone).off("close", this.#onGone);
  }
}
