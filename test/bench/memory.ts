import { setTimeout as pause } from "node:timers/promises";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { residentBytes } from "./cpu.ts";
import { Crowd } from "./crowd.ts";
import type { Figure } from "./figure.ts";
import type { Run } from "./run.ts";

const AIM_KILOBYTES = 8;
const PARALLEL_LOGINS = 32;
/** Long enough for a collection, and for what a connect leaves behind to be let go. */
const SETTLE_MS = 3_000;

interface Resident {
  readonly asItIs: number;
  readonly collected: number;
}

/**
 * What one more idle subscribed connection adds to the node: the difference between few and many, so that what the process
 * needs anyway is not in it. A round is a fresh process.
 */
export async function measureMemory(run: Run): Promise<readonly Figure[]> {
  const { few, many } = run.effort.memory;
  run.progress(`memory between ${few} and ${many} idle subscribed connections`);
  const each: Resident[] = [];
  for (let round = 0; round < run.effort.rounds; round += 1) each.push(await perConnection(run));
  return [
    {
      name: "memory per idle connection: as it is",
      unit: "KB",
      rounds: each.map(({ asItIs }) => asItIs),
      atMost: AIM_KILOBYTES,
    },
    {
      name: "memory per idle connection: after a collection",
      unit: "KB",
      rounds: each.map(({ collected }) => collected),
    },
  ];
}

async function perConnection(run: Run): Promise<Resident> {
  const { few, many } = run.effort.memory;
  const nodeOptions = `${run.nodeOptions} --expose-gc --import=${import.meta.dirname}/collect-on-signal.ts`.trim();
  await using cluster = await ClusterUnderTest.start(run.servers, 1, nodeOptions);
  await using crowd = new Crowd();
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error("no node was started");
  const logins = await cluster.logins("idle", many);
  await crowd.login(node.port, logins.slice(0, few), PARALLEL_LOGINS);
  const before = await settled(node.pid);
  await crowd.login(node.port, logins.slice(few), PARALLEL_LOGINS);
  const after = await settled(node.pid);
  const kilobytes = (bytes: number) => bytes / 1_024 / (many - few);
  return {
    asItIs: kilobytes(after.asItIs - before.collected),
    collected: kilobytes(after.collected - before.collected),
  };
}

async function settled(pid: number): Promise<Resident> {
  await pause(SETTLE_MS);
  const asItIs = await residentBytes(pid);
  process.kill(pid, "SIGUSR2");
  await pause(SETTLE_MS);
  return { asItIs, collected: await residentBytes(pid) };
}
