import { setTimeout as pause } from "node:timers/promises";
import type { Append, Appended, Publisher } from "@bellwire/hub";
import type { Backlog } from "./backlog.ts";
import type { Patience } from "./patience.ts";

/** How long an order's step waits for the one before it, ms. */
export interface TurnTimes {
  /** After the backlog is through: what was in somebody's hand may take so long. */
  readonly holdMs: number;
  /** In all, whatever stands in the partitions. */
  readonly atMostMs: number;
  /** How soon it looks again; half as long again after each look, up to the cap. */
  readonly everyMs: number;
  readonly everyCapMs: number;
}

export const DEFAULT_TURN: TurnTimes = { holdMs: 2_000, atMostMs: 60_000, everyMs: 100, everyCapMs: 1_000 };

/**
 * How a wait ended: the step before came; it is nowhere, the versions have a gap; the node had all in hand that it may and
 * nothing moved; or the time was up with events still in the partitions.
 */
export type WaitEnd = "in_turn" | "gap" | "stuck" | "timeout";

const IN_VAIN = { empty: "gap", stuck: "stuck", never: "timeout" } as const satisfies Record<string, WaitEnd>;

/**
 * Publishes a step of an order after the one before it. The partitions keep an order's events in their order, but RabbitMQ's
 * consistent hash numbers its queues anew when the whole broker restarts: what was waiting then may be overtaken by what came
 * after. So a step that is ahead of its turn waits until everything that stood in the partitions has been handed out, and
 * then a moment more; it goes when its time is up.
 */
export async function publishInTurn(
  publisher: Pick<Publisher, "publish">,
  append: Append,
  world: {
    readonly patience: Patience;
    readonly backlog: Backlog;
    readonly times?: TurnTimes;
    readonly waited: (end: WaitEnd) => void;
  },
): Promise<Appended> {
  const { version } = append;
  if (version === undefined || !world.patience.left) return publisher.publish(append);
  const inTurn: Append = { ...append, version: { ...version, next: true } };
  const first = await publisher.publish(inTurn);
  if (first.kind !== "early") return first;
  const { patience, backlog, times = DEFAULT_TURN, waited } = world;
  using wait = backlog.wait();
  const begun = performance.now();
  let throughAt = Number.POSITIVE_INFINITY;
  for (let everyMs = times.everyMs; ; everyMs = Math.min(times.everyCapMs, everyMs * 1.5)) {
    await pause(everyMs);
    const appended = await publisher.publish(inTurn);
    if (appended.kind !== "early") {
      patience.rewarded();
      waited("in_turn");
      return appended;
    }
    const now = performance.now();
    if (wait.through !== undefined) throughAt = Math.min(throughAt, now);
    if (now - throughAt >= times.holdMs || now - begun >= times.atMostMs) break;
  }
  patience.disappointed();
  waited(IN_VAIN[wait.through ?? "never"]);
  return publisher.publish(append);
}
