import { readFile } from "node:fs/promises";
import { cpuOf } from "../cpu.ts";

/** A process and its children, all the way down. */
export async function processTree(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim();
  const below =
    children === "" ? [] : await Promise.all(children.split(" ").map((child) => processTree(Number(child))));
  return [pid, ...below.flat()];
}

/** User and system time of all of them together, ms. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(pids.map(cpuOf));
  return times.reduce((sum, time) => sum + time, 0) / 1_000;
}

/** Their share of memory (PSS), KB; kernel buffers are not in it. */
export async function pssKb(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
