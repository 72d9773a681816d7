import { connect, type Socket } from "node:net";
import type { Endpoint } from "./address.ts";

/** Whom a wire's bytes and ends are for at the moment. */
export interface WireOwner {
  heard(chunk: Buffer, wire: Wire): void;
  /** The peer has ended its half. */
  ended(wire: Wire): void;
  /** The socket is gone; nothing is called after that. */
  closed(wire: Wire): void;
}

/** Listening keeps a reset from ending the process; what follows an error is always "close", and is handled there. */
export const ignoreError = (): void => undefined;

/** What all wires to nodes read into; each piece is copied out before the next is read. */
const READ_INTO = Buffer.allocUnsafeSlow(65_536);

/**
 * A socket with one owner at a time. Its listeners are attached once, so that passing it on from one stage of a
 * connection's life to the next costs an assignment.
 */
export class Wire {
  readonly socket: Socket;
  owner: WireOwner;
  readonly #onData = (chunk: Buffer): void => this.owner.heard(chunk, this);
  readonly #onEnd = (): void => this.owner.ended(this);
  readonly #onClose = (): void => this.owner.closed(this);

  private constructor(socket: Socket, owner: WireOwner) {
    this.socket = socket;
    this.owner = owner;
    socket.on("error", ignoreError);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
  }

  /** Takes a connection that has been accepted. */
  static accepted(socket: Socket, owner: WireOwner): Wire {
    const wire = new Wire(socket, owner);
    socket.on("data", wire.#onData);
    return wire;
  }

  /** Connects to a node; "connect" is the socket's own event. A stream would take 64 KB of memory for each read, and give them back. */
  static to({ host, port, localAddress }: Endpoint, owner: WireOwner): Wire {
    const callback = (size: number): boolean => {
      const chunk = Buffer.allocUnsafe(size);
      READ_INTO.copy(chunk, 0, 0, size);
      wire.owner.heard(chunk, wire);
      return true;
    };
    const socket = connect({
      ...{ host, port, localAddress, allowHalfOpen: true, noDelay: true },
      onread: { buffer: READ_INTO, callback },
    });
    const wire = new Wire(socket, owner);
    return wire;
  }

  /** Leaves an accepted socket, paused, to somebody else; only the error listener stays. */
  release(): Socket {
    this.socket.pause();
    this.socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    return this.socket;
  }
}
