import { pino } from "pino";

export type { Logger as Log } from "pino";

/** One JSON line per entry on stdout, buffered up to 4 KiB and flushed every second and on exit. Ids are fields, messages are constants. */
export function createLog(service: string, level: string): { readonly log: pino.Logger; flush(): void } {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 500 });
  const log = pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    log,
    flush: () => {
      try {
        destination.flushSync();
      } catch (error) {
        // sonic-boom throws when the descriptor never became ready: then nothing was buffered either.
        if (!(error instanceof Error && error.message.includes("not ready"))) throw error;
      }
    },
  };
}
