import { connect, type Socket } from "node:net";
import type { Endpoint } from "../pool/address.ts";
import { type DialOwner, nobody, type Wire, type WireOwner } from "./wire.ts";

/** Listening keeps a reset from ending the process; what follows an error is always "close", and is handled there. */
export const ignoreError = (): void => undefined;

/** What all wires to nodes read into; each piece is copied out before the next is read. */
const READ_INTO = Buffer.allocUnsafeSlow(65_536);

/** A wire on a socket of Node: on every system, and for TLS. */
export class SocketWire implements Wire {
  owner: WireOwner;
  readonly #socket: Socket;
  readonly #onData = (chunk: Buffer): void => this.owner.heard(chunk, this);
  readonly #onEnd = (): void => this.owner.ended(this);
  readonly #onClose = (): void => this.owner.closed(this);
  readonly #onDrain = (): void => this.owner.drained?.(this);

  private constructor(socket: Socket, owner: WireOwner) {
    this.#socket = socket;
    this.owner = owner;
    socket.on("error", ignoreError);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
    socket.on("drain", this.#onDrain);
  }

  /** Takes a connection that has been accepted; its owner comes in the same turn. */
  static accepted(socket: Socket): SocketWire {
    const wire = new SocketWire(socket, nobody);
    socket.on("data", wire.#onData);
    return wire;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get encrypted(): boolean {
    return "encrypted" in this.#socket && this.#socket.encrypted === true;
  }

  get peerEnded(): boolean {
    return this.#socket.readableEnded;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  write(chunk: Buffer): boolean {
    return !this.#socket.writable || this.#socket.write(chunk);
  }

  writeText(text: string): void {
    if (this.#socket.writable) this.#socket.write(text, "latin1");
  }

  end(text?: string): void {
    if (text === undefined) this.#socket.end();
    else this.#socket.end(text, "latin1");
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  onGone(listener: () => void): void {
    this.#socket.once("close", listener);
  }

  /** A stream would take 64 KB of memory for each read, and give them back. */
  dial({ host, port, localAddress }: Endpoint, owner: DialOwner): Wire {
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
    const wire = new SocketWire(socket, owner);
    socket.once("connect", () => owner.connected(wire));
    return wire;
  }

  release(): Socket {
    const socket = this.#socket;
    socket.pause();
    socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose).off("drain", this.#onDrain);
    return socket;
  }
}
