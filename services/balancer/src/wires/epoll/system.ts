import { isMainThread } from "node:worker_threads";

/** Bytes of one read at most, and of one text that is written without a copy. */
export const CHUNK_BYTES = 65_536;

/** Events that one wait takes at most. */
export const MAX_EVENTS = 512;

/** Bytes of the largest address of a socket (`sockaddr_in6`). */
export const ADDRESS_BYTES = 28;

/** A part of the memory that the system calls work on. `at` is its address. */
interface Room {
  readonly bytes: Buffer;
  readonly at: number;
}

/**
 * The system calls of Linux and the functions of libuv that the loop stands on; Node itself exports the latter. A result
 * of -1 is an error, whose number is `errno()` until the next call. Addresses are numbers.
 */
export interface System {
  readonly room: {
    readonly input: Room;
    readonly output: Room;
    readonly events: Room;
    readonly address: Room;
    /** An `int`. */
    readonly value: Room;
    readonly check: Room;
    readonly idle: Room;
  };
  errno(): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: number, length: number): number;
  accept4(fd: number, address: number, length: number, flags: number): number;
  getsockname(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  recv(fd: number, into: number, length: number, flags: number): number;
  send(fd: number, from: number, length: number, flags: number): number;
  sendBuffer(fd: number, from: Uint8Array, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  inet_pton(family: number, text: string, into: number): number;
  inet_ntop(family: number, from: number, into: number, length: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): number;
  uv_default_loop(): number;
  uv_backend_fd(loop: number): number;
  /** Ms until the next timer; 0: there is something to do; -1: nothing to wait for but descriptors. */
  uv_backend_timeout(loop: number): number;
  uv_update_time(loop: number): void;
  uv_check_init(loop: number, check: number): number;
  uv_check_start(check: number, callback: unknown): number;
  uv_check_stop(check: number): number;
  uv_idle_init(loop: number, idle: number): number;
  uv_idle_start(idle: number, callback: unknown): number;
  uv_idle_stop(idle: number): number;
  /** What libuv can call. It lasts as long as the process. */
  callback(work: () => void): unknown;
}

/** `int` is 32 bits, a `long` and an address 64. */
const SIGNATURES = [
  "int socket(int, int, int)",
  "int bind(int, long, int)",
  "int listen(int, int)",
  "int connect(int, long, int)",
  "int accept4(int, long, long, int)",
  "int getsockname(int, long, long)",
  "int setsockopt(int, int, int, long, int)",
  "long recv(int, long, long, int)",
  "long send(int, long, long, int)",
  "int shutdown(int, int)",
  "int close(int)",
  "int inet_pton(int, const char *, long)",
  "long inet_ntop(int, long, long, int)",
  "int epoll_create1(int)",
  "int epoll_ctl(int, int, int, long)",
  "int epoll_wait(int, long, int, int)",
  "long uv_default_loop()",
  "int uv_backend_fd(long)",
  "int uv_backend_timeout(long)",
  "void uv_update_time(long)",
  "int uv_check_init(long, long)",
  "int uv_check_start(long, work *)",
  "int uv_check_stop(long)",
  "int uv_idle_init(long, long)",
  "int uv_idle_start(long, work *)",
  "int uv_idle_stop(long)",
];

/** More than any release of libuv takes for one (`uv_handle_size`). */
const HANDLE_BYTES = 256;

let loading: Promise<System | Error> | undefined;

/** Loads them, once in a process. An error where that cannot be done: another system, another thread, no library. */
export function loadSystem(): Promise<System | Error> {
  loading ??= load().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return loading;
}

async function load(): Promise<System | Error> {
  const { platform, arch } = process;
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) return new Error(`not on ${platform} ${arch}`);
  if (!isMainThread) return new Error("not in a worker thread");
  const { default: koffi } = await import("koffi");
  const library = koffi.load(null);
  koffi.proto("void work(long)");
  const functions = Object.fromEntries(
    SIGNATURES.map((signature) => [/(\w+)\(/.exec(signature)?.[1], library.func(signature)]),
  );
  const memory = Buffer.allocUnsafeSlow(2 * CHUNK_BYTES + MAX_EVENTS * 16 + 4 * HANDLE_BYTES).fill(0);
  const start = Number(koffi.address(memory));
  let used = 0;
  const room = (size: number): Room => {
    const from = used;
    used += size;
    return { bytes: memory.subarray(from, used), at: start + from };
  };
  return {
    ...(functions as unknown as System),
    room: {
      input: room(CHUNK_BYTES),
      output: room(CHUNK_BYTES),
      events: room(MAX_EVENTS * 16),
      check: room(HANDLE_BYTES),
      idle: room(HANDLE_BYTES),
      address: room(HANDLE_BYTES),
      value: room(8),
    },
    errno: () => koffi.errno(),
    sendBuffer: library.func("long send(int, const void *, long, int)") as unknown as System["sendBuffer"],
    callback: (work) => koffi.register(work, koffi.pointer("work")),
  };
}
