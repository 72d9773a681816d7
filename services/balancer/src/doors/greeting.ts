import type { Arrival } from "../admission/arrivals.ts";
import type { Sweep, Swept } from "../forwarding/sweep.ts";
import { type CompleteHead, HeadReader } from "../heads/request-head.ts";
import type { Wire, WireOwner } from "../wires/wire.ts";

/** Where a connection's first bytes lead. The wire then belongs to who was told. */
export interface Greeted {
  readonly sweep: Sweep;
  readonly headerMs: number;
  readonly headerBytes: number;
  request(wire: Wire, arrival: Arrival, reading: CompleteHead): void;
  bad(wire: Wire, cause: "malformed" | "header_too_large" | "header_timeout"): void;
}

/** A connection until its request's head is complete. */
export class Greeting implements Swept, WireOwner {
  readonly #wire: Wire;
  readonly #arrival: Arrival;
  readonly #greeted: Greeted;
  readonly #until: number;
  readonly #reader: HeadReader;

  constructor(wire: Wire, arrival: Arrival, greeted: Greeted) {
    this.#arrival = arrival;
    this.#greeted = greeted;
    this.#until = greeted.sweep.now + greeted.headerMs;
    this.#reader = new HeadReader(greeted.headerBytes);
    greeted.sweep.add(this);
    this.#wire = wire;
    wire.owner = this;
  }

  check(now: number): void {
    if (now < this.#until) return;
    this.#greeted.sweep.delete(this);
    this.#greeted.bad(this.#wire, "header_timeout");
  }

  cut(): void {
    this.#wire.destroy();
  }

  heard(chunk: Buffer): void {
    const reading = this.#reader.take(chunk);
    if (reading.kind === "incomplete") return;
    this.#greeted.sweep.delete(this);
    if (reading.kind === "bad") this.#greeted.bad(this.#wire, reading.cause);
    else this.#greeted.request(this.#wire, this.#arrival, reading);
  }

  ended(): void {
    this.#wire.destroy();
  }

  closed(): void {
    this.#greeted.sweep.delete(this);
  }
}
