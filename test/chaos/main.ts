import { remainderOf } from "./ledger/table.ts";
import { readArguments } from "./options.ts";
import { type ChaosResult, runChaos } from "./run.ts";
import { startServers } from "./stage/servers.ts";

const given = readArguments(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000));
if (typeof given === "string") {
  console.error(given);
  process.exit(2);
}
const { seeds, minutes, ...setting } = given;
const rows: string[] = [];
let failed = false;
{
  await using servers = await startServers();
  for (const seed of seeds) {
    const { clients, nodes, afterRedisRestart } = setting;
    const settings = `--clients ${clients} --nodes ${nodes} --after-redis-restart ${afterRedisRestart}`;
    const command = `npm run chaos -- --seed ${seed} --minutes ${minutes} ${settings}`;
    console.log(`\n=== ${new Date().toISOString()} ${command}`);
    const result = await runChaos({ servers, seed, stormMs: minutes * 60_000, ...setting }, (text) =>
      console.log(text),
    );
    rows.push(rowOf(seed, result));
    if (result.balanced) continue;
    failed = true;
    console.log(`FAILED; logs in ${result.logs}\nagain with: ${command}`);
  }
}
console.log(
  [
    "\n| seed | s | faults | events | accepted | seen | told | superseded | duplicate | dead | broker's data | store's data | remainder | findings |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n"),
);
// Now and then Node spins for ever in its own cleanup (CleanupHandles) when it is left to end by itself after so many sockets.
process.exit(failed ? 1 : 0);

function rowOf(seed: number, { balance, plan, seconds }: ChaosResult): string {
  const { counts, events, findings } = balance;
  const { accepted, seen, told, superseded, duplicate, dead, lostByBroker, lostByStore } = counts;
  const fates = [accepted, seen, told, superseded, duplicate, dead, lostByBroker, lostByStore];
  return `| ${[seed, seconds, plan.length, events, ...fates, remainderOf(counts), findings.length].join(" | ")} |`;
}
