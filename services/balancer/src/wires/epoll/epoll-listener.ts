import { isIP } from "node:net";
import type { Accepting, Listener, Listening } from "../listener.ts";
import { BACKLOG } from "../socket-listener.ts";
import type { Wire } from "../wire.ts";
import {
  AF_INET6,
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPOLLIN,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "./constants.ts";
import type { EpollLoop, Watched } from "./epoll-loop.ts";
import { EpollWire } from "./epoll-wire.ts";
import { addressesFor, familyOf, packAddress, readAddress, systemError } from "./socket-address.ts";
import { ADDRESS_BYTES } from "./system.ts";

/** Connections accepted before those that are open have their turn. */
const ACCEPTS_PER_TURN = 64;

/** How long nobody is accepted when no descriptor or no memory is left, or the kernel says no otherwise (accept(2)), ms. */
const STARVED_MS = 200;

/** A listening socket in the loop. */
export class EpollListener implements Listener, Watched {
  readonly io = "epoll";
  readonly port: number;
  readonly #loop: EpollLoop;
  readonly #fd: number;
  readonly #accepting: Accepting;
  #starved = false;
  #pause: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(loop: EpollLoop, fd: number, port: number, accepting: Accepting) {
    this.#loop = loop;
    this.#fd = fd;
    this.port = port;
    this.#accepting = accepting;
    loop.add(fd, EPOLLIN, this);
  }

  /** Rejects as Node's `listen` does, with `code`. */
  static async open(
    loop: EpollLoop,
    { host, port, reusePort }: Listening,
    accepting: Accepting,
  ): Promise<EpollListener> {
    const [ip = host] = isIP(host) === 0 ? await addressesFor(host) : [host];
    const { system } = loop;
    const { setsockopt, room, errno } = system;
    const family = familyOf(ip);
    const fd = system.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const failed = (syscall: string): Error => {
      const error = systemError(errno(), syscall, { address: ip, port });
      if (fd >= 0) system.close(fd);
      return error;
    };
    if (fd < 0) throw failed("listen");
    const set = (level: number, name: number, value: number): number => {
      room.value.bytes.writeInt32LE(value);
      return setsockopt(fd, level, name, room.value.at, 4);
    };
    set(SOL_SOCKET, SO_REUSEADDR, 1);
    if (reusePort && set(SOL_SOCKET, SO_REUSEPORT, 1) < 0) throw failed("listen");
    if (family === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set(IPPROTO_TCP, TCP_NODELAY, 1); // Those accepted have it from here.
    const length = packAddress(system, ip, port);
    if (system.bind(fd, room.address.at, length) < 0 || system.listen(fd, BACKLOG) < 0) throw failed("listen");
    room.value.bytes.writeInt32LE(ADDRESS_BYTES);
    system.getsockname(fd, room.address.at, room.value.at);
    return new EpollListener(loop, fd, readAddress(system).port, accepting);
  }

  /** Accepts what the kernel has queued, and then nobody any more. */
  close(): void {
    if (this.#closed) return;
    this.#accept(BACKLOG);
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#loop.bury(this.#fd, this);
  }

  ready(): void {
    if (!this.#closed) this.#accept(ACCEPTS_PER_TURN);
  }

  resumed(): void {
    this.ready();
  }

  buried(): void {
    // Nobody waits for it.
  }

  #accept(limit: number): void {
    const { accept4, errno, room } = this.#loop.system;
    for (let accepted = 0; accepted < limit; accepted += 1) {
      room.value.bytes.writeInt32LE(ADDRESS_BYTES);
      const fd = accept4(this.#fd, room.address.at, room.value.at, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        const number = errno();
        if (number === EINTR || number === ECONNABORTED) continue;
        if (number !== EAGAIN) this.#starve(systemError(number, "accept"));
        return;
      }
      const wire = this.#watch(fd);
      if (wire === undefined) return;
      this.#starved = false;
      this.#accepting.onWire(wire);
    }
  }

  #watch(fd: number): Wire | undefined {
    try {
      return EpollWire.accepted(this.#loop, fd, readAddress(this.#loop.system).ip);
    } catch (error) {
      this.#loop.system.close(fd);
      this.#starve(error as Error);
      return undefined;
    }
  }

  /** A socket that stays ready and cannot be served would keep the loop busy: it is taken out of it for a while. */
  #starve(error: Error): void {
    if (!this.#starved) this.#accepting.onStarved(error);
    this.#starved = true;
    if (this.#pause !== undefined) return;
    this.#loop.remove(this.#fd);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (!this.#closed) this.#loop.add(this.#fd, EPOLLIN, this);
    }, STARVED_MS);
  }
}
