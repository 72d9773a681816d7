import type { Socket } from "node:net";

/** Whom PROXY headers have named as the clients of connections that are now on their way through TLS. */
export class Announced {
  readonly #sources = new Map<string, string>();

  /** Remembered as long as the connection is there. */
  note(socket: Socket, source: string | undefined): void {
    const name = nameOf(socket);
    if (source === undefined) return;
    this.#sources.set(name, source);
    socket.once("close", () => this.#sources.delete(name));
  }

  /** The client of a connection, whatever it is wrapped in. */
  of(socket: Socket): string | undefined {
    return this.#sources.get(nameOf(socket));
  }
}

/** What a connection and TLS over it have in common; no two of one machine have it at a time. */
const nameOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
