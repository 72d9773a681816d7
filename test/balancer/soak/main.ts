import { parseArgs } from "node:util";
import { soak } from "./soak.ts";
import { circumstances, judge } from "./verdict.ts";

/** npm run soak:balancer -- --tunnels 9000 --minutes 10 */
const { values } = parseArgs({
  options: {
    tunnels: { type: "string", default: "9000" },
    minutes: { type: "string", default: "10" },
    "opens-per-second": { type: "string", default: "100" },
    "every-ms": { type: "string", default: "25000" },
  },
});
const whole = (name: keyof typeof values): number => {
  const number = Number(values[name]);
  if (Number.isFinite(number) && number > 0) return number;
  console.error(`--${name} must be a number above 0`);
  process.exit(1);
};

const forMs = whole("minutes") * 60_000;
const startedAt = performance.now();
const figures = await soak(
  {
    tunnels: whole("tunnels"),
    forMs,
    warmUpMs: forMs * 0.4,
    opensPerSecond: whole("opens-per-second"),
    everyMs: whole("every-ms"),
    sampleEveryMs: Math.min(5_000, forMs / 20),
  },
  (text) => console.log(text),
);
const findings = judge(figures, { growth: 0.05, loopMs: 20, addedMs: 0.3, scrapeMs: 50 });
console.log(`\nafter ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes:`);
for (const { what, found, wanted, ok } of findings) console.log(`${ok ? "ok " : "OFF"} ${what}: ${found} (${wanted})`);
for (const line of circumstances(figures)) console.log(`    ${line}`);
for (const warning of figures.warnings) console.log(`    ${warning}`);
for (const failure of figures.crowd.failures) console.log(`    did not open: ${failure}`);
process.exitCode = findings.every(({ ok }) => ok) ? 0 : 1;
