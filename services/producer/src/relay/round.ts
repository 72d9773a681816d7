import { type EncodedEvent, encodeOrderStatus, encodePromo } from "@bellwire/events";
import type { EventSink } from "@bellwire/hub";
import { eventIdOf } from "../orders/order.ts";
import type { Fact, Outbox, OutboxEntry } from "../store/outbox.ts";

/** What one round did. `error` is the first failure; what it concerns is still in the outbox. */
export interface Round {
  readonly published: number;
  readonly failed: number;
  readonly error?: unknown;
}

export interface RoundParts {
  readonly outbox: Pick<Outbox, "read" | "remove">;
  readonly sink: EventSink;
  /** Entries taken from the outbox and in flight at once. */
  readonly window: number;
  /** The CloudEvents source. */
  readonly source: string;
}

/**
 * Publishes the oldest entries and removes what the broker has confirmed. Of one routing key only one event is in flight:
 * an event that was refused must not be overtaken, or its step would be too old when it comes again.
 * Rejects when the outbox cannot be reached; what was confirmed by then is published again, under the same event id.
 */
export async function relayRound(parts: RoundParts): Promise<Round> {
  const entries = await parts.outbox.read(parts.window);
  const confirmed: string[] = [];
  const lines = Map.groupBy(
    entries.map((entry) => ({ entryId: entry.entryId, event: eventOf(entry, parts.source) })),
    ({ event }) => event.routingKey,
  );
  const results = await Promise.allSettled(
    lines.values().map(async (line) => {
      for (const { entryId, event } of line) {
        await parts.sink.publish(event);
        confirmed.push(entryId);
      }
    }),
  );
  await parts.outbox.remove(confirmed);
  const failure = results.find((result) => result.status === "rejected");
  const counts = {
    published: confirmed.length,
    failed: results.filter((result) => result.status === "rejected").length,
  };
  return failure === undefined ? counts : { ...counts, error: failure.reason };
}

function eventOf(entry: OutboxEntry, source: string): EncodedEvent {
  const fact: Fact = entry.fact;
  switch (fact.kind) {
    case "order": {
      const { kind: _, ...data } = fact;
      return encodeOrderStatus({ id: eventIdOf(fact.orderId, fact.version), source, data });
    }
    case "promo": {
      const { kind: _, id, ...data } = fact;
      return encodePromo({ id, source, data });
    }
    default:
      return fact satisfies never;
  }
}
