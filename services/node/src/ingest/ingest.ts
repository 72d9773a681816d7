import { setTimeout as pause } from "node:timers/promises";
import { channelsOf, decodeEvent } from "@bellwire/events";
import {
  type Append,
  type Appended,
  type EventOutcome,
  isOutage,
  type Namespaces,
  type Publisher,
  type RawEvent,
  rulesOf,
} from "@bellwire/hub";

import type { Backlog } from "./backlog.ts";
import { publishInTurn, type WaitEnd } from "./in-turn.ts";
import type { Patience } from "./patience.ts";

export interface IngestWorld {
  readonly publisher: Pick<Publisher, "publish">;
  readonly namespaces: Namespaces;
  readonly patience: Patience;
  readonly backlog: Backlog;
  /** A step that came ahead of its turn waits no more. */
  readonly waited: (end: WaitEnd) => void;
  /** How often an event whose handling fails is tried before it is set aside. */
  readonly tries: number;
  /** Whether store and bus answer: while they do not, no failure is laid to an event's account. */
  readonly isWell: () => boolean;
  /** Told of what has been published, before the event is settled; absent: nobody wants to know. */
  readonly published?: (append: Append, appended: Appended) => Promise<void>;
  /** A step of an order came after a newer one, and was dropped. */
  readonly outdated: (append: Append) => void;
  readonly counted: (outcome: "published" | "dead" | "retried" | "failed") => void;
}

/** The pause after the first failed try, ms; doubled after each. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * One shop event on its way to its channels. Settled only when every channel's stream has it and the bus has confirmed; an
 * outage rejects, so that the event comes again and the streams answer it as they did the first time. What fails although
 * store and bus are well would fail for ever: it is dead after a bounded number of tries.
 */
export async function ingest(world: IngestWorld, raw: RawEvent): Promise<EventOutcome> {
  const appends = appendsOf(world, raw);
  if (typeof appends === "string") return dead(world, appends, 1);
  for (let tries = 1; ; tries += 1) {
    try {
      await Promise.all(appends.map((append) => publish(world, append)));
      world.counted("published");
      return { kind: "done" };
    } catch (error) {
      if (isOutage(error) || !world.isWell()) {
        world.counted("retried");
        throw error;
      }
      if (tries >= world.tries) return dead(world, `handling failed: ${error}`, tries);
      world.counted("failed");
      await pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }
}

async function publish(world: IngestWorld, append: Append): Promise<void> {
  const appended = await publishInTurn(world.publisher, append, world);
  if (appended.kind === "stale") world.outdated(append);
  await world.published?.(append, appended);
}

/** What the event means for its channels, or why it means nothing. */
function appendsOf({ namespaces }: IngestWorld, raw: RawEvent): readonly Append[] | string {
  const decoded = decodeEvent(raw);
  if (!decoded.ok) return decoded.reason;
  const { event } = decoded;
  const appends: Append[] = [];
  for (const { channel, data, version } of channelsOf(event)) {
    const rules = rulesOf(namespaces, channel);
    if (rules === undefined) return `channel ${channel} has no configured namespace`;
    const { dedupMs, versionTtlMs, history } = rules;
    const newer = version === undefined ? {} : { version };
    appends.push({ channel, data, eventId: event.id, ...newer, dedupMs, versionTtlMs, history });
  }
  return appends;
}

function dead(world: IngestWorld, reason: string, tries: number): EventOutcome {
  world.counted("dead");
  return { kind: "dead", reason, tries };
}
