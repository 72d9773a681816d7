import type { Part } from "./stage/part.ts";

const EVERY_MS = 1_000;
const MB = 1_048_576;
/** A process is warm so long after its first look, ms: its code is loaded and it has its share of clients. */
export const WARM_MS = 5_000;
/** At rest a process may hold so many times what the leanest warm one of its service held. */
export const MOST_OF_WARM = 1.5;

interface Sample {
  readonly at: number;
  readonly mb: number;
}

/** One start of a part, and what it held each second. */
export interface Life {
  readonly part: string;
  readonly service: string;
  readonly start: number;
  readonly samples: Sample[];
}

/** Resident memory of every part, each start of a part by itself. */
export class Memory implements Disposable {
  readonly #parts: readonly Part[];
  readonly #lives = new Map<string, Life>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const part of this.#parts) {
      const { rss, name, service, starts } = part;
      if (rss === undefined) continue;
      const key = `${name} ${starts}`;
      const life = this.#lives.get(key) ?? { part: name, service, start: starts, samples: [] };
      life.samples.push({ at: performance.now(), mb: rss / MB });
      this.#lives.set(key, life);
    }
  }

  /** One line for each part's last life. */
  report(): readonly string[] {
    return this.#last.map(({ part, start, samples }) => {
      const most = Math.max(...samples.map(({ mb }) => mb));
      const slope = slopeOf(samples.slice(Math.floor(samples.length / 2)));
      const shown = [`${samples.length} s`, ...[warmOf(samples), most, samples.at(-1)?.mb].map(show)];
      const [seconds, warm, top, last] = shown;
      return `  ${part.padEnd(10)} start ${String(start).padStart(2)}  ${seconds}  warm ${warm}  most ${top}  at rest ${last}  ${slope >= 0 ? "+" : ""}${slope.toFixed(2)} MB/s`;
    });
  }

  /** Every part that holds too much now, at rest. */
  excess(): readonly string[] {
    return excessOf([...this.#lives.values()], this.#last);
  }

  get #last(): readonly Life[] {
    return this.#parts.flatMap(({ name, starts }) => this.#lives.get(`${name} ${starts}`) ?? []);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The lives that hold more at their last look than `MOST_OF_WARM` allows. A service of which none became warm is not judged. */
export function excessOf(lives: readonly Life[], resting: readonly Life[]): readonly string[] {
  return resting.flatMap(({ part, service, samples }) => {
    const warm = lives.flatMap((life) => (life.service === service ? (warmOf(life.samples) ?? []) : []));
    const bound = Math.min(...warm) * MOST_OF_WARM;
    const held = samples.at(-1)?.mb ?? 0;
    if (held <= bound) return [];
    return [`memory of ${part}: ${show(held)} at rest, and ${show(bound)} is the most for a ${service}`];
  });
}

/** What a life held when it had become warm. */
function warmOf(samples: readonly Sample[]): number | undefined {
  const [first] = samples;
  return samples.find(({ at }) => first !== undefined && at - first.at >= WARM_MS)?.mb;
}

const show = (mb: number | undefined): string => (mb === undefined ? "-" : `${mb.toFixed(0)} MB`);

/** Least squares, MB a second. */
function slopeOf(samples: readonly Sample[]): number {
  const count = samples.length;
  const middle = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const mean = samples.reduce((sum, { mb }) => sum + mb, 0) / count;
  const spread = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  const tilt = samples.reduce((sum, { at, mb }) => sum + (at - middle) * (mb - mean), 0);
  return spread === 0 ? 0 : (tilt / spread) * 1_000;
}
