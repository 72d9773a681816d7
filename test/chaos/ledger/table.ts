import type { Balance, Counts } from "./balance.ts";
import type { Finding } from "./facts.ts";

const COLUMNS = [
  ["accepted", "accepted"],
  ["seen", "seen"],
  ["told", "told recovered: false"],
  ["superseded", "superseded"],
  ["duplicate", "duplicate"],
  ["dead", "dead-lettered"],
  ["lostByBroker", "lost with the broker's data"],
  ["lostByStore", "lost with the store's data"],
] as const satisfies ReadonlyArray<readonly [keyof Counts, string]>;

const SHOWN = 40;

/** What is left of the accepted when everything that is explained is taken away. */
export const remainderOf = ({ accepted, missing: _missing, ...explained }: Counts): number =>
  accepted - Object.values(explained).reduce((sum, count) => sum + count, 0);

/** Whether everything is explained and nothing else was found. */
export const isBalanced = ({ counts, findings }: Balance): boolean =>
  remainderOf(counts) === 0 && findings.length === 0;

/** The balance as text, with the first findings. */
export function tableOf(balance: Balance): string {
  const { counts, events, again, findings } = balance;
  const rows = [
    ...COLUMNS.map(([field, title]) => [title, counts[field]] as const),
    ["remainder", remainderOf(counts)],
  ];
  const lines = rows.map(
    ([title, count], index) => `  ${index === 0 ? " " : "="} ${title}`.padEnd(36) + String(count).padStart(9),
  );
  const more = findings.length > SHOWN ? [`  … and ${findings.length - SHOWN} more`] : [];
  return [
    `balance (client × event; ${events} events, ${again} seen again after a new beginning):`,
    ...lines,
    findings.length === 0 ? "no findings" : `${findings.length} findings:`,
    ...findings.slice(0, SHOWN).map(lineOf),
    ...more,
  ].join("\n");
}

function lineOf({ what, event, client, channel, at }: Finding): string {
  const time = at === undefined ? "" : new Date(at).toISOString().slice(11, 23);
  return `  ! ${[time, event, client, channel].filter(Boolean).join(" · ")}: ${what}`;
}
