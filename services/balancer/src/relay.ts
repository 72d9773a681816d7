import type { Socket } from "node:net";
import type { Lease } from "./lease.ts";
import type { Limits } from "./limits.ts";
import { ignoreError, leave } from "./refusal.ts";
import { bodyLength, type ResponseHead, refusedText } from "./response-head.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** A node's refusal on its way to the client: one way, bounded in bytes and time, then both ends are closed. */
export class Relay implements Swept {
  readonly #client: Socket;
  readonly #node: Socket;
  readonly #lease: Lease;
  readonly #parts: { readonly sweep: Sweep; readonly limits: Limits };
  readonly #until: number;
  #left: number;
  #over = false;

  constructor(
    ends: { readonly client: Socket; readonly node: Socket },
    answer: { readonly head: ResponseHead; readonly rest: Buffer },
    lease: Lease,
    parts: { readonly sweep: Sweep; readonly limits: Limits },
  ) {
    this.#client = ends.client;
    this.#node = ends.node;
    this.#lease = lease;
    this.#parts = parts;
    this.#until = parts.sweep.now + parts.limits.handshakeMs;
    const length = bodyLength(answer.head);
    this.#left = Math.min(typeof length === "number" ? length : parts.limits.answerBytes, parts.limits.answerBytes);
    if (length === "bad") this.#left = 0;
    parts.sweep.add(this);
    this.#client.on("error", ignoreError).on("close", () => this.#finish());
    this.#client.resume();
    this.#client.write(refusedText(answer.head), "latin1");
    this.#pass(answer.rest);
    this.#node.on("data", (chunk) => this.#pass(chunk));
    this.#node.on("end", () => this.#finish()).on("close", () => this.#finish());
    this.#node.resume();
  }

  check(now: number): void {
    if (now >= this.#until) this.#finish();
  }

  cut(): void {
    this.#finish();
    this.#client.destroy();
  }

  #pass(chunk: Buffer): void {
    if (this.#over) return;
    this.#client.write(chunk.subarray(0, this.#left));
    this.#left -= Math.min(chunk.length, this.#left);
    if (this.#left === 0) this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#node.destroy();
    this.#lease.release();
    this.#parts.sweep.delete(this);
    this.#client.end();
    leave(this.#client, { sweep: this.#parts.sweep, lingerMs: this.#parts.limits.lingerMs });
  }
}
