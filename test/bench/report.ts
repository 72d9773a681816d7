import { type Figure, summaryOf, verdictOf } from "./figure.ts";

const HEADINGS = ["figure", "median", "min–max", "aim", ""];

/** The figures as a Markdown table with aligned columns. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [headings = [], ...body] = rows;
  return [line(headings), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function rowOf(figure: Figure): readonly string[] {
  const { name, unit, rounds, atMost } = figure;
  const { median, least, most } = summaryOf(rounds);
  const aim = atMost === undefined ? "" : `≤ ${atMost} ${unit}`;
  return [name, `${shown(median)} ${unit}`, `${shown(least)}–${shown(most)}`, aim, verdictOf(figure)];
}

const shown = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
