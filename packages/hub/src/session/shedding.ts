import type { Clock } from "../ports/clock.ts";
import type { Session } from "./session.ts";

/** Between two slices, ms. */
const SLICE_MS = 100;

/** How clients are sent elsewhere. */
export interface ShedPlan {
  /** At most so many, the youngest first; `Infinity` is all. Who comes while it runs stays. */
  readonly count: number;
  readonly perSecond: number;
  readonly close: "shutdown" | "forceReconnect";
  /** Stops it where it is. */
  readonly until: AbortSignal;
}

/** Ends sessions in even slices over time. Resolves to how many it ended. */
export async function shed(open: Iterable<Session>, plan: ShedPlan, clock: Clock): Promise<number> {
  const leaving = [...open].reverse().slice(0, plan.count);
  const startedAt = clock.elapsed();
  let ended = 0;
  let index = 0;
  while (index < leaving.length && !plan.until.aborted) {
    await new Promise<void>((resolve) => clock.after(SLICE_MS, resolve));
    if (plan.until.aborted) break;
    const due = Math.floor(((clock.elapsed() - startedAt) * plan.perSecond) / 1_000);
    for (; index < leaving.length && ended < due; index++) {
      const session = leaving[index];
      if (session === undefined || session.ended) continue;
      session.end(plan.close);
      ended += 1;
    }
  }
  return ended;
}
