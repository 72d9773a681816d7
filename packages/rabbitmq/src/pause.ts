import { setTimeout as delay } from "node:timers/promises";

/** Waits `ms`, or until `signal` aborts, whichever is first. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** True when `work` settled within `ms`. Its rejection is passed on. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  try {
    return await Promise.race([work.then(() => true), pause(ms, waiting.signal).then(() => false)]);
  } finally {
    waiting.abort();
  }
}
