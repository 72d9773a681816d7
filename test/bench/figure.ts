/** One measured figure: a value for each round, and what the design aims at. */
export interface Figure {
  readonly name: string;
  readonly unit: "µs" | "ms" | "KB" | "×";
  readonly rounds: readonly number[];
  readonly atMost?: number;
}

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median and range; NaN where there was no round. */
export function summaryOf(rounds: readonly number[]): Summary {
  const sorted = [...rounds].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return { median: (upper + lower) / 2, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** "met", "not met", or "" where there is no aim. */
export function verdictOf({ rounds, atMost }: Figure): string {
  if (atMost === undefined) return "";
  return summaryOf(rounds).median <= atMost ? "met" : "not met";
}
