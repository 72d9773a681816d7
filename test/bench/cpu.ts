import { readFile } from "node:fs/promises";

/** `getconf CLK_TCK`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/** Processes by the name under which their cost is listed. Several of one name are added up. */
export type Processes = ReadonlyArray<{ readonly name: string; readonly pid: number }>;

/** CPU time that a process and all its threads have used since its start, user and system, µs; in steps of 10,000. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  // The second field is the command in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[UTIME]) + Number(fields[STIME])) * 1_000_000) / TICKS_PER_SECOND;
}

/** CPU time by name, µs, that passes in the processes while `work` runs. */
export async function cpuDuring(processes: Processes, work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const before = await Promise.all(processes.map(({ pid }) => cpuOf(pid)));
  await work();
  const spent = new Map<string, number>();
  for (const [index, { name, pid }] of processes.entries())
    spent.set(name, (spent.get(name) ?? 0) + (await cpuOf(pid)) - (before[index] ?? 0));
  return spent;
}

/** Resident memory of a process, bytes; what the kernel holds for its sockets is not in it. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}
