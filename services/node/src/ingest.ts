import { channelsOf, decodeEvent } from "@bellwire/events";
import { type EventOutcome, type Namespaces, type Publisher, type RawEvent, rulesOf } from "@bellwire/hub";

import { publishInTurn } from "./in-turn.ts";
import type { Patience } from "./patience.ts";

export interface IngestWorld {
  readonly publisher: Publisher;
  readonly namespaces: Namespaces;
  readonly patience: Patience;
  readonly counted: (outcome: "published" | "dead" | "retried") => void;
}

/**
 * One shop event on its way to its channels. Settled only when every channel's stream has it and the bus has confirmed; an
 * outage rejects, so that the event comes again and the streams answer it as they did the first time.
 */
export async function ingest(world: IngestWorld, raw: RawEvent): Promise<EventOutcome> {
  const decoded = decodeEvent(raw);
  if (!decoded.ok) return dead(world, decoded.reason);
  const { event } = decoded;
  const targets = channelsOf(event).map((target) => ({ ...target, rules: rulesOf(world.namespaces, target.channel) }));
  const homeless = targets.find(({ rules }) => rules === undefined);
  if (homeless !== undefined) return dead(world, `channel ${homeless.channel} has no configured namespace`);
  try {
    await Promise.all(
      targets.map(({ channel, data, version, rules }) =>
        rules === undefined
          ? undefined
          : publishInTurn(
              world.publisher,
              {
                channel,
                data,
                eventId: event.id,
                ...(version === undefined ? {} : { version }),
                dedupMs: rules.dedupMs,
                versionTtlMs: rules.versionTtlMs,
                history: rules.history,
              },
              world,
            ),
      ),
    );
  } catch (error) {
    // A bug of ours would fail for ever: the event is set aside where an operator can see it.
    if (error instanceof TypeError || error instanceof RangeError)
      return dead(world, `handling failed: ${error.message}`);
    world.counted("retried");
    throw error;
  }
  world.counted("published");
  return { kind: "done" };
}

function dead(world: IngestWorld, reason: string): EventOutcome {
  world.counted("dead");
  return { kind: "dead", reason };
}
