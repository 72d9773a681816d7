import type { Socket } from "node:net";
import type { RoundTrips } from "./crowd-orders.ts";
import { ECHO_BYTES, FRAME } from "./wire.ts";

/** Round trips kept; the oldest are forgotten. */
const KEPT = 20_000;

/** Echoes on one connection, one at a time, every so often. */
export class RoundTripTimer implements Disposable {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #times: number[] = [];
  #sentAt = 0;
  #missing = 0;

  /** Two timers want distances without a common beat, with each other and with all else that the process does. */
  constructor(socket: Socket, everyMs: number) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#missing -= chunk.length;
      if (this.#missing > 0) return;
      if (this.#times.length >= KEPT) this.#times.shift();
      this.#times.push(performance.now() - this.#sentAt);
    });
    this.#timer = setInterval(() => this.#ask(), everyMs);
  }

  get times(): RoundTrips {
    const sorted = this.#times.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #ask(): void {
    if (this.#missing > 0) return;
    this.#missing = ECHO_BYTES;
    this.#sentAt = performance.now();
    this.#socket.write(FRAME);
  }
}
