import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { measureBroadcast } from "./broadcast.ts";
import { measureConnects } from "./connect.ts";
import { type Case, socketsOf } from "./effort.ts";
import type { Figure } from "./figure.ts";
import { compileFloor } from "./floor.ts";
import { measureMemory } from "./memory.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { measureOrders } from "./order.ts";
import { tableOf } from "./report.ts";
import type { Run } from "./run.ts";
import { openServers } from "./servers.ts";
import { checkSocketLimit } from "./socket-limit.ts";

async function main(options: Options): Promise<void> {
  const { effort, cases, json, profile } = options;
  await checkSocketLimit(socketsOf(effort));
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "bellwire-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const floorProgram = await compileFloor(folder);
  if (floorProgram === undefined) console.log("no C compiler (cc): broadcasts are compared with Node's bare net only");
  const servers = stack.use(await openServers(process.env));
  const nodeOptions = profile === undefined ? "" : `--cpu-prof --cpu-prof-dir=${resolve(profile)}`;
  const run: Run = { servers, effort, nodeOptions, floorProgram, progress: (what) => console.log(`… ${what}`) };
  const about = { date: new Date().toISOString(), node: process.version, cpus: availableParallelism() };
  console.log(`${about.date}, Node ${about.node}, ${servers.versions}, ${about.cpus} CPUs`);
  const before = loadavg();
  const figures: Figure[] = [];
  for (const name of cases) {
    const measured = await measure(name, run);
    console.log(`\n${tableOf(measured)}\n\nload average ${shown(loadavg())}\n`);
    figures.push(...measured);
  }
  const after = loadavg();
  console.log(`load average before ${shown(before)}, after ${shown(after)}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...about, before, after, figures }, null, 2)}\n`);
}

async function measure(name: Case, run: Run): Promise<readonly Figure[]> {
  switch (name) {
    case "broadcast": {
      const figures: Figure[] = [];
      for (const subscribers of run.effort.broadcast.subscribers)
        figures.push(...(await measureBroadcast(run, subscribers)));
      return figures;
    }
    case "order":
      return await measureOrders(run);
    case "connect":
      return await measureConnects(run);
    case "memory":
      return await measureMemory(run);
    default:
      return name satisfies never;
  }
}

const shown = (load: readonly number[]): string => load.map((one) => one.toFixed(2)).join(" ");

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? `bench: ${error.message}` : error, `\n${USAGE}`);
  process.exitCode = 1;
}
