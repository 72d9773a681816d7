/** Something that holds sockets and has limits in time. */
export interface Swept {
  /** Ends what has passed a limit. `now` is the sweep's clock, ms. */
  check(now: number): void;
  /** Ends it at once: the balancer stops. */
  cut(): void;
}

/** How exact the limits in time are, ms. */
const ROUND_MS = 250;

/** A round later than so many is not held against anybody. */
const LATE_ROUNDS = 4;

/** One timer for all limits in time, so that a connection costs none. */
export class Sweep implements Disposable {
  readonly #clock: () => number;
  readonly #members = new Set<Swept>();
  readonly #timer: NodeJS.Timeout;
  readonly #lateMs: number;
  #now: number;

  constructor(clock: () => number, roundMs: number = ROUND_MS) {
    this.#clock = clock;
    this.#now = clock();
    this.#lateMs = roundMs * LATE_ROUNDS;
    this.#timer = setInterval(() => this.#round(), roundMs);
  }

  /** The time of the last round: cheap, and late by one round at most. */
  get now(): number {
    return this.#now;
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Swept): void {
    this.#members.add(member);
  }

  delete(member: Swept): void {
    this.#members.delete(member);
  }

  cutAll(): void {
    for (const member of [...this.#members]) member.cut();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #round(): void {
    const slept = this.#clock() - this.#now;
    this.#now = this.#clock();
    if (slept > this.#lateMs) return; // We were the slow one: what waits in the sockets is read first.
    for (const member of this.#members) member.check(this.#now);
  }
}
