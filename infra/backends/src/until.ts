import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks `check` every `everyMs` until it answers something, at most for `withinMs`; rejects with `what` when it never did.
 * A check that rejects counts as "not yet", and its last cause is kept.
 */
export async function until<Answer>(
  check: () => Promise<Answer | undefined>,
  options: { readonly what: string; readonly withinMs: number; readonly everyMs: number },
): Promise<Answer> {
  const deadline = performance.now() + options.withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await check();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof NoUse) throw error;
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`${options.what} within ${options.withinMs} ms`, { cause });
    await pause(options.everyMs);
  }
}

/** Thrown by a check that knows that waiting is of no use. */
export class NoUse extends Error {}
