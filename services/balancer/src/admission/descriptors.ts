import { readFile } from "node:fs/promises";
import type { Limits } from "../forwarding/limits.ts";

/** Descriptors kept for everything that is not a client's: ports, the registry, checks, kept connections, files. */
const KEPT_FREE = 256;

const LINE = /^Max open files +(\d+|unlimited) /m;

/** How many files this process may open, as the system tells it; undefined where it does not tell. */
export async function readDescriptorLimit(path = "/proc/self/limits"): Promise<number | undefined> {
  try {
    return parseDescriptorLimit(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

export function parseDescriptorLimit(text: string): number | undefined {
  const soft = LINE.exec(text)?.[1];
  return soft === undefined || soft === "unlimited" ? undefined : Number(soft);
}

/** The limits that `descriptors` files can serve: a connection takes one, what is open behind it one more. */
export function withinDescriptors(limits: Limits, descriptors: number): Limits {
  const wanted = limits.connections + limits.open;
  const room = Math.max(2, descriptors - KEPT_FREE);
  if (wanted <= room) return limits;
  const open = Math.max(1, Math.floor((limits.open * room) / wanted));
  return { ...limits, open, connections: room - open };
}
