import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";

export type { Logger as Log } from "pino";

/** How long the last lines are tried to be written before a process leaves, ms. */
const FLUSH_MS = 1_000;

/**
 * One JSON line per entry on stdout, buffered up to 4 KiB and flushed every half second. Ids are fields, messages are
 * constants. `flush` is for before every exit: it resolves also where nobody reads the log any more, whose last lines are then lost.
 */
export function createLog(service: string, level: string): { readonly log: pino.Logger; flush(): Promise<void> } {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 500 });
  // pino calls it after a fatal line and at the exit, and sonic-boom 4 tries a broken pipe again in there, without end.
  destination.flushSync = () => undefined;
  const log = pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const flushed = () => new Promise<void>((resolve) => destination.flush(() => resolve()));
  return {
    log,
    // Twice: the first ends when what was being written is, which may not be all.
    flush: () => Promise.race([flushed().then(flushed), pause(FLUSH_MS)]),
  };
}
