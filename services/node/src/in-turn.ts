import type { Append, Appended, Publisher } from "@bellwire/hub";
import type { Patience } from "./patience.ts";

/** How long an order's step waits for the one before it, ms, and how often it looks. */
export interface TurnTimes {
  readonly holdMs: number;
  readonly everyMs: number;
}

export const DEFAULT_TURN: TurnTimes = { holdMs: 2_000, everyMs: 100 };

/**
 * Publishes a step of an order after the one before it. The partitions keep an order's events in their order, but RabbitMQ's
 * consistent hash numbers its queues anew when the whole broker restarts: what was waiting then may be overtaken by what came
 * after. So a step that is ahead of its turn waits a moment, and goes when its time is up.
 */
export async function publishInTurn(
  publisher: Pick<Publisher, "publish">,
  append: Append,
  { patience, times = DEFAULT_TURN }: { readonly patience: Patience; readonly times?: TurnTimes },
): Promise<Appended> {
  const { version } = append;
  if (version === undefined || !patience.left) return publisher.publish(append);
  const inTurn: Append = { ...append, version: { ...version, next: true } };
  for (let waitedMs = 0; waitedMs < times.holdMs; waitedMs += times.everyMs) {
    const appended = await publisher.publish(inTurn);
    if (appended.kind !== "early") {
      if (waitedMs > 0) patience.rewarded();
      return appended;
    }
    await new Promise((resolve) => setTimeout(resolve, times.everyMs));
  }
  patience.disappointed();
  return publisher.publish(append);
}
