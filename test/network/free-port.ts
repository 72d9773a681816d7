import { isPortFree } from "@bellwire/backends";

/** Below the range from which systems take ports for outgoing connections: a node started again finds its port free. */
const RANGE = { first: 12_000, last: 19_999 };
const TRIES = 200;
const taken = new Set<number>();

/** A port of loopback that is free now and was not given to anybody else in this process. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried++) {
    const port = RANGE.first + Math.floor(Math.random() * (RANGE.last - RANGE.first + 1));
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port between ${RANGE.first} and ${RANGE.last} in ${TRIES} tries`);
}
