import { readFile } from "node:fs/promises";

/** Files that a process holds besides its client sockets: modules, pipes, backends. */
const OTHER_FILES = 200;

/** Throws where this user may not open so many sockets in one process. */
export async function checkSocketLimit(sockets: number): Promise<void> {
  const limits = await readFile("/proc/self/limits", "latin1");
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "unlimited";
  const needed = sockets + OTHER_FILES;
  if (soft !== "unlimited" && Number(soft) < needed)
    throw new Error(
      `this run needs ${needed} open files per process, and the limit is ${soft}: raise it (ulimit -n ${needed}) or ask for fewer (--quick, --subscribers)`,
    );
}
