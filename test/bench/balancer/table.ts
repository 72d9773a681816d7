/** One measure's values by balancer, one value per round. */
export interface Measure {
  readonly title: string;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, two) => one - two);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const shown = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** A Markdown table: median (least to greatest), and the ratio of the medians to nginx's. */
export function renderTable(measures: readonly Measure[], names: readonly string[]): string {
  const row = ({ title, values }: Measure): string => {
    const base = median(values.get("nginx") ?? []);
    const cells = names.map((name) => {
      const of = values.get(name) ?? [];
      if (of.length === 0) return "–";
      const ratio = name === "nginx" || Number.isNaN(base) ? "" : ` ×${(median(of) / base).toFixed(2)}`;
      return `${shown(median(of))} (${shown(Math.min(...of))}–${shown(Math.max(...of))})${ratio}`;
    });
    return `| ${title} | ${cells.join(" | ")} |`;
  };
  return [`| | ${names.join(" | ")} |`, `|---|${"---|".repeat(names.length)}`, ...measures.map(row)].join("\n");
}
