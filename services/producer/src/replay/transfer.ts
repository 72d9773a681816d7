import type { ReplayState } from "../store/replay-log.ts";
import type { ReplayBatch } from "./batch.ts";
import { MAX_BATCH } from "./batch.ts";
import { recordedStep } from "./expected-events.ts";
import type { HistoryStep } from "./history.ts";
import type { Pace } from "./pace.ts";
import type { Handed } from "./producer-client.ts";

/** The part of a producer that a transfer needs. */
export interface ReplayTarget {
  hand(batch: ReplayBatch): Promise<Handed>;
  progress(replayId: string): Promise<ReplayState | undefined>;
}

/** Hears how a transfer goes. */
export interface TransferObserver {
  moved(position: number, elapsedMs: number): void;
  refused(step: HistoryStep, reason: string): void;
  waiting(elapsedMs: number): void;
}

/** Steps that are due gather for so long before they go, ms. */
const GATHER_MS = 50;
const CONFIRM_POLL_MS = 100;

/** Time, handed in so that a test can hold it; ms. */
export interface TransferClock {
  now(): number;
  pause(ms: number): Promise<unknown>;
}

interface Run {
  readonly id: string;
  readonly pace: Pace;
  readonly start: number;
  readonly clock: TransferClock;
}

/** Hands all steps from `start` over as they become due. Resolves once the broker has confirmed every one. */
export async function transfer(target: ReplayTarget, run: Run, observer: TransferObserver): Promise<void> {
  const { clock } = run;
  const began = clock.now();
  const elapsed = () => clock.now() - began;
  const total = run.pace.steps.length;
  let position = run.start;
  while (position < total) {
    position = await handDue(target, run, { position, elapsedMs: elapsed() }, observer);
    observer.moved(position, elapsed());
    if (position >= total) position = await confirmedUpTo(target, run, () => observer.waiting(elapsed()));
    else if (run.pace.dueBefore(elapsed()) - position < MAX_BATCH) await clock.pause(GATHER_MS);
  }
}

/** Hands over what is due, at most one batch; answers the new position. */
async function handDue(
  target: ReplayTarget,
  { id, pace: { steps, sequence, dueBefore } }: Run,
  at: { readonly position: number; readonly elapsedMs: number },
  observer: TransferObserver,
): Promise<number> {
  const from = at.position;
  const batch = steps.slice(from, Math.min(dueBefore(at.elapsedMs), from + MAX_BATCH));
  if (batch.length === 0) return from;
  const sent = batch.map(recordedStep);
  const handed = await target.hand({ replay: id, sequence, total: steps.length, from, steps: sent });
  if (handed.kind === "elsewhere") return handed.position;
  for (const refused of handed.refused) report(batch, refused, observer);
  return from + batch.length;
}

/** Waits for the last confirm and answers the end; a store that came back empty answers where to go on instead. */
async function confirmedUpTo(target: ReplayTarget, { id, pace, clock }: Run, waiting: () => void): Promise<number> {
  for (;;) {
    const state = await target.progress(id);
    if (state?.finished) return pace.steps.length;
    if (state === undefined || state.position < state.total) return state?.position ?? 0;
    waiting();
    await clock.pause(CONFIRM_POLL_MS);
  }
}

function report(
  batch: readonly HistoryStep[],
  refused: { readonly index: number; readonly reason: string },
  observer: TransferObserver,
): void {
  const step = batch[refused.index];
  if (step !== undefined) observer.refused(step, refused.reason);
}
