/** How far a replay is, for a person. */
export interface Reading {
  readonly position: number;
  readonly total: number;
  /** Events per second in this run. */
  readonly rate: number;
  readonly remainingMs: number;
}

const WIDTH = 30;

/** `[#####.....]  42 % 1,234/2,900 events 499/s 3 s left` */
export function meterLine({ position, total, rate, remainingMs }: Reading): string {
  const part = total === 0 ? 1 : position / total;
  const bar = "#".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, ".");
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `[${bar}] ${percent} % ${counted(position)}/${counted(total)} events ${counted(Math.round(rate))}/s ${duration(remainingMs)} left`;
}

/** A duration in its two largest units. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export function counted(count: number): string {
  return count.toLocaleString("en-US");
}

/** Shows readings: one line that is written over on a terminal, otherwise a line every few seconds. */
export class Meter {
  readonly #out: NodeJS.WriteStream;
  readonly #everyMs: number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#everyMs = out.isTTY ? 100 : 5_000;
  }

  /** `now` is any clock's ms. */
  show(text: string, now: number): void {
    if (now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    this.#isDrawn = this.#out.isTTY;
    this.#out.write(this.#out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  }

  /** Takes the drawn line away, so that something else can be written. */
  clear(): void {
    if (this.#isDrawn) this.#out.write("\r\x1b[2K");
    this.#isDrawn = false;
  }
}
