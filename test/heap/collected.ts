/** What makes a Node.js process say what it holds after a full collection whenever it gets SIGUSR2: for its NODE_OPTIONS. */
export const COLLECT_ON_SIGNAL = `--expose-gc --import=file://${import.meta.dirname}/collect-on-signal.ts`;

export interface Collected {
  /** Resident memory after the collection, bytes. V8 keeps room that it has once needed, so this is not what is in use. */
  readonly resident: number;
  /** What the collection left of V8's heap and of buffers outside it, bytes. */
  readonly live: number;
}

/** What a line of the process's log says of a collection; undefined if it is about something else. */
export function collectedOf(line: string): Collected | undefined {
  if (!line.includes('"msg":"collected"')) return undefined;
  const { rss, heapUsed, external } = JSON.parse(line) as NodeJS.MemoryUsage;
  return { resident: rss, live: heapUsed + external };
}
