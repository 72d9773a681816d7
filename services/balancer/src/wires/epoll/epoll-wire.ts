import { isIP, Socket } from "node:net";
import type { Endpoint } from "../../pool/address.ts";
import { type DialOwner, nobody, type Wire, type WireOwner } from "../wire.ts";
import { startConnecting } from "./connecting.ts";
import {
  EAGAIN,
  EINTR,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  MSG_NOSIGNAL,
  SHUT_WR,
} from "./constants.ts";
import type { EpollLoop, Watched } from "./epoll-loop.ts";
import { addressesFor } from "./socket-address.ts";
import { CHUNK_BYTES } from "./system.ts";

const EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
const OVER = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/** Reads of one connection before the others have their turn. */
const READS_PER_TURN = 4;

/**
 * A wire on a descriptor of ours: a message costs a read, a write and no more of Node than the call of its owner.
 * Edge-triggered (epoll(7)): a short read has emptied the socket unless its end has been announced.
 */
export class EpollWire implements Wire, Watched {
  owner: WireOwner;
  readonly encrypted = false;
  readonly remoteAddress: string | undefined;
  peerEnded = false;
  destroyed = false;
  readonly #loop: EpollLoop;
  #fd: number;
  /** Connecting: who is told, and where else to try. */
  #dialing: { readonly owner: DialOwner; readonly to: Endpoint; readonly others: readonly string[] } | undefined;
  #readable = false;
  #announcedEnd = false;
  #paused = false;
  #ending = false;
  #ended = false;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #gone: (() => void)[] = [];

  private constructor(loop: EpollLoop, fd: number, owner: WireOwner, remoteAddress?: string) {
    this.#loop = loop;
    this.#fd = fd;
    this.owner = owner;
    this.remoteAddress = remoteAddress;
  }

  /** Takes an accepted descriptor; its owner comes in the same turn. Throws when the system refuses to watch it. */
  static accepted(loop: EpollLoop, fd: number, remoteAddress: string): EpollWire {
    const wire = new EpollWire(loop, fd, nobody, remoteAddress);
    loop.add(fd, EVENTS, wire);
    return wire;
  }

  get waiting(): number {
    return this.#waitingBytes;
  }

  write(chunk: Buffer): boolean {
    if (this.destroyed || this.#ending) return true;
    const { send, sendBuffer, room } = this.#loop.system;
    const { input } = room;
    let sent = 0;
    if (this.#waitingBytes === 0 && this.#dialing === undefined) {
      sent =
        chunk.buffer === input.bytes.buffer
          ? send(this.#fd, input.at + chunk.byteOffset - input.bytes.byteOffset, chunk.length, MSG_NOSIGNAL)
          : sendBuffer(this.#fd, chunk, chunk.length, MSG_NOSIGNAL);
      if (sent === chunk.length) return true;
    }
    return this.#rest(chunk, sent);
  }

  writeText(text: string): void {
    const { output } = this.#loop.system.room;
    if (this.destroyed || this.#ending) return;
    if (text.length > CHUNK_BYTES || this.#waitingBytes > 0 || this.#dialing !== undefined) {
      this.write(Buffer.from(text, "latin1"));
      return;
    }
    const length = output.bytes.write(text, "latin1");
    const sent = this.#loop.system.send(this.#fd, output.at, length, MSG_NOSIGNAL);
    if (sent < length) this.#rest(output.bytes.subarray(0, length), sent);
  }

  end(text?: string): void {
    if (this.destroyed || this.#ending) return;
    if (text !== undefined) this.writeText(text);
    this.#ending = true;
    this.#shutdown();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#loop.bury(this.#fd, this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#readable) this.#loop.again(this);
  }

  onGone(listener: () => void): void {
    this.#gone.push(listener);
  }

  dial(to: Endpoint, owner: DialOwner): Wire {
    const wire = new EpollWire(this.#loop, -1, owner);
    wire.#dialing = { owner, to, others: [] };
    if (isIP(to.host) !== 0) wire.#connect([to.host]);
    else
      addressesFor(to.host).then(
        (addresses) => wire.#connect(addresses),
        () => wire.destroy(),
      );
    return wire;
  }

  release(): Socket {
    this.#loop.remove(this.#fd);
    const socket = new Socket({ fd: this.#fd, readable: true, writable: true, allowHalfOpen: true });
    socket.on("error", () => undefined);
    for (const listener of this.#gone) socket.once("close", listener);
    this.destroyed = true; // For us.
    setImmediate(() => undefined); // What Node has to do for it now does not wait for us.
    return socket;
  }

  ready(events: number): void {
    if (this.destroyed) return;
    if ((events & OVER) !== 0) this.#announcedEnd = true;
    if (this.#dialing !== undefined) this.#dialed(events);
    else if ((events & EPOLLOUT) !== 0 && this.#waitingBytes > 0) this.#flush();
    if ((events & (EPOLLIN | OVER)) === 0 || this.#dialing !== undefined) return;
    if (this.peerEnded && (events & (EPOLLHUP | EPOLLERR)) !== 0) return this.destroy();
    this.#readable = true;
    this.#read();
  }

  resumed(): void {
    if (this.#readable) this.#read();
  }

  buried(): void {
    this.owner.closed(this);
    for (const listener of this.#gone) listener();
  }

  #read(): void {
    for (let reads = 0; reads < READS_PER_TURN; reads += 1) {
      if (this.#paused || this.destroyed || this.peerEnded) return;
      this.#readOnce();
      if (!this.#readable) return;
    }
    this.#loop.again(this);
  }

  #readOnce(): void {
    const { recv, room } = this.#loop.system;
    const size = recv(this.#fd, room.input.at, CHUNK_BYTES, 0);
    if (size <= 0 || (size < CHUNK_BYTES && !this.#announcedEnd)) this.#readable = false;
    if (size > 0) this.owner.heard(room.input.bytes.subarray(0, size), this);
    else if (size === 0) this.#heardEnd();
    else if (!isPassing(this.#loop.system.errno())) this.destroy();
  }

  #heardEnd(): void {
    this.peerEnded = true;
    this.owner.ended(this);
    if (this.#ended) this.destroy();
  }

  /** Keeps what `send` has not taken; what follows an error is always `closed`. */
  #rest(chunk: Buffer, sent: number): boolean {
    if (sent < 0 && !isPassing(this.#loop.system.errno())) {
      this.destroy();
      return true;
    }
    const rest = Buffer.from(chunk.subarray(Math.max(0, sent)));
    this.#waiting.push(rest);
    this.#waitingBytes += rest.length;
    return false;
  }

  #flush(): void {
    const { sendBuffer } = this.#loop.system;
    for (const waiting = this.#waiting; waiting.length > 0; waiting.shift()) {
      const [chunk] = waiting as [Buffer];
      const sent = sendBuffer(this.#fd, chunk, chunk.length, MSG_NOSIGNAL);
      if (sent < 0 && !isPassing(this.#loop.system.errno())) return this.destroy();
      this.#waitingBytes -= Math.max(0, sent);
      if (sent === chunk.length) continue;
      waiting[0] = chunk.subarray(Math.max(0, sent));
      return;
    }
    this.#shutdown();
    this.owner.drained?.(this);
  }

  #shutdown(): void {
    if (!this.#ending || this.#ended || this.destroyed) return;
    if (this.#waitingBytes > 0 || this.#dialing !== undefined) return;
    this.#ended = true;
    this.#loop.system.shutdown(this.#fd, SHUT_WR);
    if (this.peerEnded) this.destroy();
  }

  /** Tries the first address; the others are left for when it is refused. */
  #connect([ip, ...others]: readonly string[]): void {
    if (this.destroyed || this.#dialing === undefined) return;
    if (ip === undefined) return this.destroy();
    this.#dialing = { ...this.#dialing, others };
    this.#fd = startConnecting(this.#loop.system, ip, this.#dialing.to);
    if (this.#fd < 0) return this.#connect(others);
    try {
      this.#loop.add(this.#fd, EVENTS, this);
    } catch {
      this.destroy();
    }
  }

  #dialed(events: number): void {
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0) return this.#refused();
    if ((events & EPOLLOUT) === 0) return;
    const owner = this.#dialing?.owner;
    this.#dialing = undefined;
    owner?.connected(this);
    if (this.#waitingBytes > 0) this.#flush();
    else this.#shutdown();
  }

  #refused(): void {
    this.#loop.bury(this.#fd, unheard);
    this.#fd = -1;
    this.#announcedEnd = false;
    this.#connect(this.#dialing?.others ?? []);
  }
}

const unheard: Watched = { ready: () => undefined, resumed: () => undefined, buried: () => undefined };

/** The call is to be made again, now or when the socket is ready. */
const isPassing = (errno: number): boolean => errno === EAGAIN || errno === EINTR;
