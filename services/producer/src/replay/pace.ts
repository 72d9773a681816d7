import type { HistoryStep } from "./history.ts";

/** When the steps of a replay may go. Times are ms since the run began, at step `start`. */
export interface Pace {
  /** The order in which positions count. */
  readonly sequence: "file" | "time";
  readonly steps: readonly HistoryStep[];
  /** Steps before this position are due. */
  dueBefore(elapsedMs: number): number;
  /** How long the rest will take from here, ms. */
  remainingMs(position: number, elapsedMs: number): number;
}

/** File order, `rate` events per second. */
export function steadyPace(steps: readonly HistoryStep[], start: number, rate: number): Pace {
  return {
    sequence: "file",
    steps,
    dueBefore: (elapsedMs) => Math.min(steps.length, start + 1 + Math.floor((elapsedMs * rate) / 1_000)),
    remainingMs: (position) => ((steps.length - position) * 1_000) / rate,
  };
}

/** The order of the original times, `speed` times as fast; a step never goes before an earlier one of its row. */
export function historicPace(inFileOrder: readonly HistoryStep[], start: number, speed: number): Pace {
  const { steps, times } = byTime(inFileOrder);
  const first = times[start] ?? 0;
  const last = times.at(-1) ?? 0;
  let due = start;
  return {
    sequence: "time",
    steps,
    dueBefore(elapsedMs) {
      const now = first + elapsedMs * speed;
      while (due < times.length && (times[due] ?? 0) <= now) due += 1;
      return due;
    },
    remainingMs: (_position, elapsedMs) => Math.max(0, (last - first) / speed - elapsedMs),
  };
}

function byTime(steps: readonly HistoryStep[]): { steps: readonly HistoryStep[]; times: readonly number[] } {
  let line = 0;
  let latest = 0;
  const timed = steps.map((step) => {
    latest = step.line === line ? Math.max(latest, step.time) : step.time;
    line = step.line;
    return { step, time: latest };
  });
  timed.sort((a, b) => a.time - b.time);
  return { steps: timed.map(({ step }) => step), times: timed.map(({ time }) => time) };
}
