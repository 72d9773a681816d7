import type { Sweep, Swept } from "../forwarding/sweep.ts";
import { type AnswerCause, answers, composeAnswer } from "../heads/answers.ts";
import { formatHead } from "../heads/headers.ts";
import type { Wire, WireOwner } from "../wires/wire.ts";

interface Life {
  readonly sweep: Sweep;
  readonly lingerMs: number;
}

/** Answers on a bare socket and closes it: politely first, so that the answer is not lost to a reset. */
export function refuse(
  wire: Wire,
  cause: AnswerCause,
  life: Life & {
    readonly random: () => number;
    /** A node's own wish. */
    readonly retryAfter?: string;
    /** HEAD was asked: no body. */
    readonly bodiless?: boolean;
  },
): void {
  const { status, reason } = answers[cause];
  const { lines, text } = composeAnswer(cause, life.random, life.retryAfter);
  wire.end(formatHead(`HTTP/1.1 ${status} ${reason}`, lines) + (life.bodiless ? "" : text));
  leave(wire, life);
}

/** Reads and forgets what the peer still sends, until it has left or the time is over. The socket's own end has been sent. */
export function leave(wire: Wire, life: Life): void {
  if (!wire.destroyed) new Leaving(wire, life);
}

class Leaving implements Swept, WireOwner {
  readonly #wire: Wire;
  readonly #sweep: Sweep;
  readonly #until: number;

  constructor(wire: Wire, { sweep, lingerMs }: Life) {
    this.#wire = wire;
    this.#sweep = sweep;
    this.#until = sweep.now + lingerMs;
    sweep.add(this);
    wire.owner = this;
    wire.resume();
  }

  check(now: number): void {
    if (now >= this.#until) this.#wire.destroy();
  }

  cut(): void {
    this.#wire.destroy();
  }

  heard(): void {
    // Forgotten.
  }

  ended(): void {
    // Our own end is on its way; the socket closes after it.
  }

  closed(): void {
    this.#sweep.delete(this);
  }
}
