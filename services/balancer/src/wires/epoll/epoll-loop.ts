import { EINTR, EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from "./constants.ts";
import { systemError } from "./socket-address.ts";
import { MAX_EVENTS, type System } from "./system.ts";

/** Who has a descriptor in the loop. What is thrown becomes an uncaught exception; the loop goes on. */
export interface Watched {
  /** `events` of epoll_wait(2). */
  ready(events: number): void;
  /** Called in the turn after `again`. */
  resumed(): void;
  /** The descriptor is closed. */
  buried(): void;
}

/** Where an event's `data` stands, and how far one is from the next, in 32 bits: packed on x64 alone (<sys/epoll.h>). */
const [DATA, STRIDE] = process.arch === "x64" ? [1, 3] : [2, 4];

/**
 * Waits for descriptors of our own inside a turn of Node's loop, and for Node's at the same time: its epoll descriptor is
 * one of ours. Node's loop goes on as soon as it has something to do; until then a message costs nothing of it. It must be
 * the only one in the process, in the main thread. Who needs Node to run promises calls setImmediate.
 */
export class EpollLoop {
  readonly system: System;
  readonly #epoll: number;
  readonly #uv: number;
  readonly #uvDescriptor: number;
  readonly #turn: unknown;
  readonly #nothing: unknown;
  readonly #events: Int32Array;
  readonly #watched: (Watched | undefined)[] = [];
  readonly #descriptors = new Int32Array(MAX_EVENTS);
  readonly #masks = new Int32Array(MAX_EVENTS);
  #count = 0;
  readonly #again: Watched[] = [];
  #closing: { readonly fd: number; readonly watched: Watched }[] = [];
  #running = false;

  /** Throws when the system refuses. */
  constructor(system: System) {
    this.system = system;
    this.#epoll = system.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw systemError(system.errno(), "epoll_create1");
    this.#uv = system.uv_default_loop();
    this.#uvDescriptor = system.uv_backend_fd(this.#uv);
    const { events, check, idle } = system.room;
    this.#events = new Int32Array(events.bytes.buffer, events.bytes.byteOffset, (MAX_EVENTS * 16) / 4);
    system.uv_check_init(this.#uv, check.at);
    system.uv_idle_init(this.#uv, idle.at);
    this.#turn = system.callback(() => {
      try {
        this.#run();
      } catch (error) {
        rethrow(error);
      }
    });
    this.#nothing = system.callback(() => undefined);
    this.#control(EPOLL_CTL_ADD, this.#uvDescriptor, EPOLLIN);
  }

  /** Throws when the system refuses; the descriptor is then still the caller's. */
  add(fd: number, events: number, watched: Watched): void {
    this.#control(EPOLL_CTL_ADD, fd, events);
    this.#watched[fd] = watched;
    this.#count += 1;
    this.#start();
  }

  /** Gives a descriptor back, open. */
  remove(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0);
    this.#forget(fd);
  }

  /** Calls `resumed` in the next turn. */
  again(watched: Watched): void {
    this.#again.push(watched);
    this.#start();
  }

  /** Closes a descriptor behind all that has been seen of it, and then calls `buried`; -1: there is none. */
  bury(fd: number, watched: Watched): void {
    this.#closing.push({ fd, watched });
    this.#start();
  }

  #control(operation: number, fd: number, events: number): void {
    this.#events[0] = events;
    this.#events[DATA] = fd;
    const { epoll_ctl, room, errno } = this.system;
    if (epoll_ctl(this.#epoll, operation, fd, room.events.at) < 0) throw systemError(errno(), "epoll_ctl");
  }

  #forget(fd: number): void {
    if (this.#watched[fd] === undefined) return;
    this.#watched[fd] = undefined;
    this.#count -= 1;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    const { uv_check_start, uv_idle_start, room } = this.system;
    uv_check_start(room.check.at, this.#turn);
    uv_idle_start(room.idle.at, this.#nothing);
  }

  /** In the phase of libuv that follows its poll. An active idle handle keeps that from waiting: we do. */
  #run(): void {
    const { uv_idle_stop, uv_idle_start, room } = this.system;
    uv_idle_stop(room.idle.at);
    this.#settle();
    while (this.#count > 0 && this.#wait()) this.#settle();
    if (this.#count > 0 || this.#closing.length > 0) uv_idle_start(room.idle.at, this.#nothing);
    else this.#stop();
  }

  /** One wait and what came of it; false when it is Node's turn. */
  #wait(): boolean {
    const { epoll_wait, uv_backend_timeout, uv_update_time, room, errno } = this.system;
    const waitMs = this.#again.length > 0 ? 0 : uv_backend_timeout(this.#uv);
    const count = epoll_wait(this.#epoll, room.events.at, MAX_EVENTS, waitMs);
    if (count < 0 && errno() !== EINTR) throw systemError(errno(), "epoll_wait");
    uv_update_time(this.#uv);
    let ours = waitMs !== 0 && count > 0;
    // Handlers watch further descriptors, for which the room of the first event is used: all are read before.
    for (let index = 0; index < count; index += 1) {
      this.#descriptors[index] = this.#events[index * STRIDE + DATA] as number;
      this.#masks[index] = this.#events[index * STRIDE] as number;
    }
    for (let index = 0; index < count; index += 1) {
      const fd = this.#descriptors[index] as number;
      if (fd === this.#uvDescriptor) ours = false;
      else this.#tell(this.#watched[fd], this.#masks[index] as number);
    }
    if (this.#again.length > 0) for (const watched of this.#again.splice(0)) this.#tell(watched, undefined);
    return ours;
  }

  #tell(watched: Watched | undefined, events: number | undefined): void {
    try {
      if (events === undefined) watched?.resumed();
      else watched?.ready(events);
    } catch (error) {
      rethrow(error);
    }
  }

  /** Descriptors are closed between rounds, so that a number seen in one cannot have become another connection. */
  #settle(): void {
    while (this.#closing.length > 0) {
      const closing = this.#closing;
      this.#closing = [];
      for (const { fd, watched } of closing) {
        if (fd >= 0) {
          this.#forget(fd);
          this.system.close(fd);
        }
        try {
          watched.buried();
        } catch (error) {
          rethrow(error);
        }
      }
    }
  }

  /** So that the process can end. */
  #stop(): void {
    this.#running = false;
    this.system.uv_check_stop(this.system.room.check.at);
    setImmediate(() => undefined); // Runs the promises of those who waited for the end.
  }
}

const rethrow = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};
