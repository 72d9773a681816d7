import type { Part } from "./stage/part.ts";

const EVERY_MS = 1_000;
const MB = 1_048_576;
/** A process is warm so long after its first look, ms: its code is loaded and it has its share of clients. */
export const WARM_MS = 5_000;
/** What a collection leaves of a process at rest may be so many times what it left of the leanest warm one of its service. */
export const MOST_OF_WARM = 1.3;
/** The same for its resident memory: V8 keeps room for its young objects once a burst has needed it, and stays there. */
export const MOST_RESIDENT = 2;
/** How long a process may take to say what a collection has left, ms: it may be frozen. */
const COLLECT_MS = 10_000;

interface Sample {
  readonly at: number;
  readonly mb: number;
}

/** One start of a part: what was resident each second, and what a collection left when it was warm and at the end. MB. */
export interface Life {
  readonly part: string;
  readonly service: string;
  readonly start: number;
  readonly samples: Sample[];
  warm?: number;
  rest?: number;
}

/** The memory of every part, each start of a part by itself. */
export class Memory implements Disposable {
  readonly #parts: readonly Part[];
  readonly #lives = new Map<string, Life>();
  readonly #asked = new Set<Life>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** Has every part collected at rest. */
  async rest(): Promise<void> {
    this.#look();
    await Promise.all(
      this.#parts.map(async (part) => {
        const life = this.#lifeOf(part);
        const live = await liveOf(part);
        if (life !== undefined && live !== undefined) life.rest = live;
      }),
    );
  }

  /** One line for each part's last life. */
  report(): readonly string[] {
    return this.#last.map(({ part, start, samples, warm, rest }) => {
      const most = Math.max(...samples.map(({ mb }) => mb));
      const resident = [residentWhenWarm(samples), most, samples.at(-1)?.mb].map(show);
      const begin = `  ${part.padEnd(10)} start ${String(start).padStart(2)}  ${samples.length} s`;
      return `${begin}  live: warm ${show(warm)}  at rest ${show(rest)}  resident: warm ${resident[0]}  most ${resident[1]}  at rest ${resident[2]}`;
    });
  }

  /** Every part that holds too much now, at rest. */
  excess(): readonly string[] {
    return excessOf([...this.#lives.values()], this.#last);
  }

  #look(): void {
    for (const part of this.#parts) {
      const { rss, name, service, starts } = part;
      if (rss === undefined) continue;
      const key = `${name} ${starts}`;
      const life = this.#lives.get(key) ?? { part: name, service, start: starts, samples: [] };
      life.samples.push({ at: performance.now(), mb: rss / MB });
      this.#lives.set(key, life);
      if (residentWhenWarm(life.samples) !== undefined) void this.#collectWarm(part, life);
    }
  }

  async #collectWarm(part: Part, life: Life): Promise<void> {
    if (this.#asked.has(life)) return;
    this.#asked.add(life);
    const live = await liveOf(part);
    if (live !== undefined) life.warm = live;
  }

  #lifeOf({ name, starts }: Part): Life | undefined {
    return this.#lives.get(`${name} ${starts}`);
  }

  get #last(): readonly Life[] {
    return this.#parts.flatMap((part) => this.#lifeOf(part) ?? []);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The lives that hold more at rest than the bounds allow. A service of which none became warm is not judged. */
export function excessOf(lives: readonly Life[], resting: readonly Life[]): readonly string[] {
  return resting.flatMap((life) => {
    const peers = lives.filter(({ service }) => service === life.service);
    const bound = MOST_OF_WARM * Math.min(...peers.flatMap(({ warm }) => warm ?? []));
    const most = MOST_RESIDENT * Math.min(...peers.flatMap(({ samples }) => residentWhenWarm(samples) ?? []));
    const resident = life.samples.at(-1)?.mb ?? 0;
    const found: string[] = [];
    if (life.rest === undefined) found.push(`memory of ${life.part}: it did not say what it holds at rest`);
    else if (life.rest > bound) found.push(tooMuch(life, "live", { held: life.rest, bound }));
    if (resident > most) found.push(tooMuch(life, "resident", { held: resident, bound: most }));
    return found;
  });
}

const tooMuch = (
  { part, service }: Life,
  what: string,
  { held, bound }: { readonly held: number; readonly bound: number },
): string => `memory of ${part}: ${show(held)} ${what} at rest, and ${show(bound)} is the most for a ${service}`;

async function liveOf(part: Part): Promise<number | undefined> {
  const collected = await part.collected(COLLECT_MS);
  return collected && collected.live / MB;
}

/** What was resident of a life when it had become warm. */
function residentWhenWarm(samples: readonly Sample[]): number | undefined {
  const [first] = samples;
  return samples.find(({ at }) => first !== undefined && at - first.at >= WARM_MS)?.mb;
}

const show = (mb: number | undefined): string => (mb === undefined ? "-" : `${mb.toFixed(0)} MB`);
