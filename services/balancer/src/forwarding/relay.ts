import { leave } from "../doors/refusal.ts";
import { bodyLength, type ResponseHead, refusedText } from "../heads/response-head.ts";
import type { Lease } from "../pool/lease.ts";
import type { Wire, WireOwner } from "../wires/wire.ts";
import type { Limits } from "./limits.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** A node's refusal on its way to the client: one way, bounded in bytes and time, then both ends are closed. */
export class Relay implements Swept, WireOwner {
  readonly #client: Wire;
  readonly #node: Wire;
  readonly #lease: Lease;
  readonly #parts: { readonly sweep: Sweep; readonly limits: Limits };
  readonly #until: number;
  #left: number;
  #over = false;

  constructor(
    ends: { readonly client: Wire; readonly node: Wire },
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
    this.#client.owner = this;
    this.#node.owner = this;
    this.#client.writeText(refusedText(answer.head));
    this.#pass(answer.rest);
  }

  check(now: number): void {
    if (now >= this.#until) this.#finish();
  }

  cut(): void {
    this.#finish();
    this.#client.destroy();
  }

  /** What the client says is forgotten. */
  heard(chunk: Buffer, wire: Wire): void {
    if (wire === this.#node) this.#pass(chunk);
  }

  ended(wire: Wire): void {
    if (wire === this.#node) this.#finish();
  }

  closed(): void {
    this.#finish();
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
