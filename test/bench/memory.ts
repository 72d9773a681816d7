import { setTimeout as pause } from "node:timers/promises";
import { until } from "@bellwire/backends";
import type { ServiceProcess } from "../cluster/service-process.ts";
import { COLLECT_ON_SIGNAL, collectedOf } from "../heap/collected.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { residentBytes } from "./cpu.ts";
import { Crowd } from "./crowd.ts";
import type { Figure } from "./figure.ts";
import type { Run } from "./run.ts";

const AIM_KILOBYTES = 8;
const PARALLEL_LOGINS = 32;
/** Long enough for what a connect leaves behind to be let go. */
const SETTLE_MS = 2_000;
const COLLECT_MS = 10_000;

interface Memory {
  /** Resident, bytes: as it was found, and after a full collection. */
  readonly resident: number;
  readonly collected: number;
  readonly live: number;
}

/**
 * What one more idle subscribed connection adds to the node: the difference between few and many, so that what the process
 * needs anyway is not in it. A round is a fresh process.
 */
export async function measureMemory(run: Run): Promise<readonly Figure[]> {
  const { few, many } = run.effort.memory;
  run.progress(`memory between ${few} and ${many} idle subscribed connections`);
  const rounds: Memory[] = [];
  for (let round = 0; round < run.effort.rounds; round += 1) rounds.push(await perConnection(run));
  const figure = (what: string, of: keyof Memory): Figure => ({
    name: `memory per idle connection: ${what}`,
    unit: "KB",
    rounds: rounds.map((memory) => memory[of] / 1_024),
  });
  return [
    { ...figure("resident", "resident"), atMost: AIM_KILOBYTES },
    figure("resident after a collection", "collected"),
    figure("live heap and buffers", "live"),
  ];
}

async function perConnection(run: Run): Promise<Memory> {
  const { few, many } = run.effort.memory;
  const nodeOptions = `${run.nodeOptions} ${COLLECT_ON_SIGNAL}`.trim();
  await using cluster = await ClusterUnderTest.start(run.servers, 1, nodeOptions);
  await using crowd = new Crowd();
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error("no node was started");
  const logins = await cluster.logins("idle", many);
  await crowd.login(node.port, logins.slice(0, few), PARALLEL_LOGINS);
  const before = await memoryOf(node);
  await crowd.login(node.port, logins.slice(few), PARALLEL_LOGINS);
  const after = await memoryOf(node);
  const each = (bytes: number) => bytes / (many - few);
  return {
    resident: each(after.resident - before.resident),
    collected: each(after.collected - before.collected),
    live: each(after.live - before.live),
  };
}

async function memoryOf(node: ServiceProcess): Promise<Memory> {
  await pause(SETTLE_MS);
  const resident = await residentBytes(node.pid);
  const said = node.log.length;
  process.kill(node.pid, "SIGUSR2");
  const left = await until(async () => node.log.slice(said).flatMap((line) => collectedOf(line) ?? [])[0], {
    what: "the node did not say what its collection left",
    withinMs: COLLECT_MS,
    everyMs: 50,
  });
  return { resident, collected: left.resident, live: left.live };
}
