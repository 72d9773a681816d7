import type { SoakFigures } from "./soak.ts";

/** How far the figures may be off. Counts and descriptors may not. */
export interface Bounds {
  /** How much higher resident memory may go, at its most and at its least, in the last third than in the second, as a share. */
  readonly growth: number;
  readonly loopMs: number;
  readonly addedMs: number;
  readonly scrapeMs: number;
}

export interface Finding {
  readonly what: string;
  readonly found: string;
  readonly wanted: string;
  readonly ok: boolean;
}

/** Every figure of the check beside what it has to be. */
export function judge({ plan, samples, crowd, descriptors, counters }: SoakFigures, bounds: Bounds): Finding[] {
  const warm = samples.filter(({ atMs }) => atMs > plan.warmUpMs);
  const [, second = [], last = []] = thirds(samples).map((third) => third.map(({ residentKb }) => residentKb));
  const added = crowd.through.p50 - crowd.direct.p50;
  const exact = (what: string, found: number, wanted: number): Finding => ({
    ...{ what, found: String(found), wanted: String(wanted), ok: found === wanted },
  });
  const below = (what: string, [found, bound]: readonly [number, number], unit: string): Finding => ({
    ...{ what, found: `${found.toFixed(2)} ${unit}`, wanted: `≤ ${bound} ${unit}`, ok: found <= bound },
  });
  return [
    exact("tunnels held before they left", crowd.held, plan.tunnels),
    exact("tunnels that did not open", crowd.failed, 0),
    exact("tunnels lost", crowd.lost, 0),
    exact("echoes of all messages", crowd.echoes, crowd.messages),
    exact("descriptors beside two for each tunnel", descriptors.held - 2 * plan.tunnels, descriptors.before),
    exact("descriptors after all have left", descriptors.after, descriptors.before),
    exact("opens counted by the balancer", counters.opened, crowd.opened),
    exact("ends counted, by clients", counters.closedByClients, crowd.opened),
    exact("ends counted, by anybody else", counters.closedOtherwise, 0),
    exact("answers in the balancer's own name", counters.refused, 0),
    exact("active at the end, by the balancer", counters.active, 0),
    exact("open at the end, by the nodes", counters.openOnNodes, 0),
    below("memory's peak, last third to second", [growth(second, last, Math.max), bounds.growth * 100], "%"),
    below("memory's floor, last third to second", [growth(second, last, Math.min), bounds.growth * 100], "%"),
    below("event loop delay, p99, median", [median(warm.map(({ loopMs }) => loopMs)), bounds.loopMs], "ms"),
    below("added to a round trip, p50", [added, bounds.addedMs], "ms"),
    below("scrape of /metrics, median", [median(samples.map(({ scrapeMs }) => scrapeMs)), bounds.scrapeMs], "ms"),
  ];
}

/** What is worth knowing and has no bound. */
export function circumstances({ plan, samples, crowd, attemptsFailed }: SoakFigures): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const warm = samples.filter(({ atMs }) => atMs > plan.warmUpMs).map(({ residentKb }) => residentKb / 1_024);
  const cpu = ((last.cpuMs - first.cpuMs) / (last.atMs - first.atMs)) * 100;
  return [
    `${crowd.opened} tunnels opened, ${crowd.messages} messages echoed, ${attemptsFailed} tries at nodes failed`,
    `resident memory after the warm-up ${Math.min(...warm).toFixed(1)} to ${Math.max(...warm).toFixed(1)} MB`,
    `the balancer's CPU ${cpu.toFixed(1)} % of a core`,
    `round trips p50 and p99: through ${ms(crowd.through)}, direct ${ms(crowd.direct)}`,
    `worst event loop p99 ${Math.max(...samples.map(({ loopMs }) => loopMs)).toFixed(1)} ms, worst scrape ${Math.max(
      ...samples.map(({ scrapeMs }) => scrapeMs),
    ).toFixed(1)} ms`,
  ];
}

const ms = ({ p50, p99 }: { readonly p50: number; readonly p99: number }) => `${p50.toFixed(2)}, ${p99.toFixed(2)} ms`;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Memory goes up until a collection takes it down again, some minutes later: what counts is where that begins and ends. */
const growth = (
  before: readonly number[],
  after: readonly number[],
  extreme: (...values: readonly number[]) => number,
): number => (extreme(...after) / extreme(...before) - 1) * 100;

function thirds<Item>(all: readonly Item[]): Item[][] {
  const size = Math.ceil(all.length / 3);
  return [0, 1, 2].map((part) => all.slice(part * size, (part + 1) * size));
}
