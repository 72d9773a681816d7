import type { Effort } from "./effort.ts";
import type { Servers } from "./servers.ts";

/** What every case is given. */
export interface Run {
  readonly servers: Servers;
  readonly effort: Effort;
  /** Command line options for the nodes' Node: a profile, for one. */
  readonly nodeOptions: string;
  /** floor.c compiled; undefined where there is no C compiler. */
  readonly floorProgram: string | undefined;
  readonly progress: (what: string) => void;
}

/** Runs the first round for nothing, then `rounds` times for the record. */
export async function rounds<Result>(count: number, round: (index: number) => Promise<Result>): Promise<Result[]> {
  await round(0);
  const results: Result[] = [];
  for (let index = 1; index <= count; index += 1) results.push(await round(index));
  return results;
}
