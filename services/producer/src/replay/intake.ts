import type { RecordedStep, Shop } from "../orders/shop.ts";
import type { Advanced, OrderStore } from "../store/order-store.ts";
import type { ReplayState } from "../store/replay-log.ts";
import type { ReplayBatch } from "./batch.ts";

/** A step that the shop would not take, by its place in the batch. */
export interface RefusedStep {
  readonly index: number;
  readonly reason: string;
}

/**
 * - `taken`: all steps are in the outbox, now or before, but for the refused ones.
 * - `elsewhere`: the replay stands at another position; go on from there.
 * - `full`: the outbox is; send the same batch again later.
 */
export type Intake =
  | { readonly kind: "taken"; readonly position: number; readonly repeated: number; readonly refused: RefusedStep[] }
  | { readonly kind: "elsewhere"; readonly position: number }
  | { readonly kind: "full" };

/** Takes a batch of recorded steps; the same batch again changes nothing. */
export async function takeBatch(shop: Shop, store: OrderStore, batch: ReplayBatch): Promise<Intake> {
  const state = await stateOf(store, batch);
  if (batch.from > state.position) return { kind: "elsewhere", position: state.position };
  const byOrder = Map.groupBy(batch.steps.entries(), ([, step]) => step.orderId);
  const outcomes = (await Promise.all(byOrder.values().map((line) => recordLine(shop, line)))).flat();
  if (outcomes.some(({ outcome }) => outcome.kind === "full")) return { kind: "full" };
  const repeated = outcomes.filter(({ outcome }) => outcome.kind === "repeated").length;
  const refused = outcomes.flatMap(({ index, outcome }) => refusedStep(index, outcome));
  const position = Math.max(state.position, batch.from + batch.steps.length);
  await store.replays.save(batch.replay, await advanced(store, { ...state, position }));
  return { kind: "taken", position, repeated, refused: refused.sort((a, b) => a.index - b.index) };
}

interface Recorded {
  readonly index: number;
  readonly outcome: Advanced;
}

/** Records the steps of one order one after another; a full outbox ends it, so that none is overtaken. */
async function recordLine(
  shop: Shop,
  line: readonly (readonly [number, RecordedStep])[],
): Promise<readonly Recorded[]> {
  const recorded: Recorded[] = [];
  for (const [index, step] of line) {
    const outcome = await shop.record(step);
    recorded.push({ index, outcome });
    if (outcome.kind === "full") break;
  }
  return recorded;
}

/** How far a replay is; it is finished once the broker has confirmed everything that it put into the outbox. */
export async function progressOf(store: OrderStore, replayId: string): Promise<ReplayState | undefined> {
  const state = await store.replays.load(replayId);
  if (state === undefined || state.finished || state.position < state.total) return state;
  if (state.lastEntry !== undefined && !(await store.outbox.isDrainedThrough(state.lastEntry))) return state;
  const finished = { ...state, finished: true };
  await store.replays.save(replayId, finished);
  return finished;
}

async function stateOf(store: OrderStore, { replay, sequence, total }: ReplayBatch): Promise<ReplayState> {
  const state = await store.replays.load(replay);
  const isSame = state?.sequence === sequence && state.total === total;
  return isSame ? state : { sequence, total, position: 0, finished: false };
}

async function advanced(store: OrderStore, state: ReplayState): Promise<ReplayState> {
  if (state.position < state.total || state.finished) return state;
  const lastEntry = await store.outbox.newest();
  return lastEntry === undefined ? state : { ...state, lastEntry };
}

function refusedStep(index: number, outcome: Advanced): readonly RefusedStep[] {
  switch (outcome.kind) {
    case "illegal":
      return [
        { index, reason: `the shop's order is ${outcome.order?.status ?? "new"}, which this step may not follow` },
      ];
    case "taken":
      return [{ index, reason: "the order id belongs to another customer's order" }];
    default:
      return [];
  }
}
