import type { Socket } from "node:net";

/** What a way does to the bytes of one direction. */
export interface Weather {
  /** Every byte arrives so much later, ms. */
  readonly delayMs: number;
  /** Bytes a second; 0: as fast as they come. */
  readonly bytesPerSecond: number;
  /** Nothing passes; what is sent meanwhile passes afterwards, as after a router's pause. */
  readonly hole: boolean;
}

export const CLEAR: Weather = { delayMs: 0, bytesPerSecond: 0, hole: false };

/** Bytes that are on the way; beyond it the sender is not read any more, as by a full socket. */
const ON_THE_WAY_BYTES = 262_144;
/** What a throttled way passes at once, ms worth of its rate. */
const SLICE_MS = 20;

interface PumpParts {
  readonly weather: () => Weather;
  readonly passed: (bytes: Buffer) => void;
}

/** Carries the bytes of one direction of one connection. */
export class Pump {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: () => Weather;
  readonly #passed: (bytes: Buffer) => void;
  readonly #queue: Array<{ readonly due: number; bytes: Buffer }> = [];
  #size = 0;
  #ended = false;
  #blocked = false;
  #timer: NodeJS.Timeout | undefined;

  /** `passed` hears what is handed on, right before it is. */
  constructor(from: Socket, to: Socket, { weather, passed }: PumpParts) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    this.#passed = passed;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => {
      this.#ended = true;
      this.look();
    });
    to.on("drain", () => {
      this.#blocked = false;
      this.look();
    });
  }

  /** The weather may have changed. */
  look(): void {
    if (this.#timer !== undefined || this.#blocked || this.#to.destroyed) return;
    const weather = this.#weather();
    if (weather.hole) return;
    const waitMs = this.#pass(weather);
    if (waitMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.look();
    }, waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.length = 0;
  }

  #take(bytes: Buffer): void {
    this.#queue.push({ due: performance.now() + this.#weather().delayMs, bytes });
    this.#size += bytes.length;
    if (this.#size > ON_THE_WAY_BYTES) this.#from.pause();
    this.look();
  }

  /** Passes what is due; answers after how long to look again, ms, or undefined if nothing waits for time. */
  #pass({ bytesPerSecond }: Weather): number | undefined {
    const most = bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : Math.ceil((bytesPerSecond * SLICE_MS) / 1_000);
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const early = first.due - performance.now();
      if (early > 0) return Math.ceil(early);
      const bytes = this.#next(first, most);
      this.#passed(bytes);
      this.#blocked = !this.#to.write(bytes);
      if (this.#blocked) return undefined;
      if (bytesPerSecond > 0) return SLICE_MS;
    }
    if (this.#ended) this.#to.end();
    return undefined;
  }

  #next(first: { bytes: Buffer }, most: number): Buffer {
    const bytes = first.bytes.subarray(0, most);
    if (bytes.length === first.bytes.length) this.#queue.shift();
    else first.bytes = first.bytes.subarray(most);
    this.#size -= bytes.length;
    if (this.#size <= ON_THE_WAY_BYTES) this.#from.resume();
    return bytes;
  }
}
