import type { Part } from "./stage/part.ts";

const EVERY_MS = 1_000;
const MB = 1_048_576;

interface Sample {
  readonly at: number;
  readonly mb: number;
}

/** Resident memory of every part, each start of a part by itself. */
export class Memory implements Disposable {
  readonly #parts: readonly Part[];
  readonly #lives = new Map<string, Sample[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const part of this.#parts) {
      const { rss } = part;
      if (rss === undefined) continue;
      const life = `${part.name} (start ${part.starts})`;
      const samples = this.#lives.get(life) ?? [];
      samples.push({ at: performance.now(), mb: rss / MB });
      this.#lives.set(life, samples);
    }
  }

  /** One line for each part's last life: memory at its first half minute's end, the most, the last, and the slope of its second half. */
  report(): readonly string[] {
    return this.#parts.flatMap(({ name, starts }) => {
      const samples = this.#lives.get(`${name} (start ${starts})`) ?? [];
      const last = samples.at(-1);
      if (last === undefined) return [];
      const most = Math.max(...samples.map(({ mb }) => mb));
      const slope = slopeOf(samples.slice(Math.floor(samples.length / 2)));
      return [
        `  ${name.padEnd(10)} start ${String(starts).padStart(2)}  ${samples.length} s  most ${most.toFixed(0)} MB  last ${last.mb.toFixed(0)} MB  ${slope >= 0 ? "+" : ""}${slope.toFixed(2)} MB/s`,
      ];
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Least squares, MB a second. */
function slopeOf(samples: readonly Sample[]): number {
  const count = samples.length;
  const middle = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const mean = samples.reduce((sum, { mb }) => sum + mb, 0) / count;
  const spread = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  const tilt = samples.reduce((sum, { at, mb }) => sum + (at - middle) * (mb - mean), 0);
  return spread === 0 ? 0 : (tilt / spread) * 1_000;
}
