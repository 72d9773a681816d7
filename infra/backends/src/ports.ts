import { createServer } from "node:net";

/**
 * Where private servers listen: below the range from which systems take ports for outgoing connections, so that a
 * server killed and started again finds its port still free.
 */
export const PORT_RANGE = { first: 20_000, last: 31_999 } as const;

const TRIES = 200;

/** Picks `count` different loopback ports of the range that are free now. Rejects when the range is as good as full. */
export async function freePorts(
  count: number,
  random: () => number = Math.random,
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tried = 0; tried < TRIES && found.size < count; tried += 1) {
    const port = PORT_RANGE.first + Math.floor(random() * (PORT_RANGE.last - PORT_RANGE.first + 1));
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count)
    throw new Error(`no ${count} free ports between ${PORT_RANGE.first} and ${PORT_RANGE.last} in ${TRIES} tries`);
  return [...found];
}

/** True when nothing listens on `host:port` and this user may. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
