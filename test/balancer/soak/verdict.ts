import type { SoakFigures } from "./soak.ts";

/** How far the figures may be off. Counts and descriptors may not. */
export interface Bounds {
  /** Growth of resident memory after the warm-up, as a share of it per minute. */
  readonly growthPerMinute: number;
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
  const growth = growthPerMinute(warm.map(({ atMs, residentKb }) => ({ x: atMs, y: residentKb })));
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
    below("memory growth after the warm-up, a minute", [growth * 100, bounds.growthPerMinute * 100], "%"),
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

/** The slope of the best line through the points (x in ms), per minute, as a share of the mean. */
function growthPerMinute(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return (slope * 60_000) / meanY;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
