import type { Finding } from "./facts.ts";
import type { Journey } from "./journey.ts";
import type { Entry, Ledger } from "./ledger.ts";

/**
 * What became of what was accepted, counted once for every client that it was due to. `duplicate` are acceptances of an
 * event that had been accepted before. `lostByBroker` are events that RabbitMQ had when its data was removed.
 */
export interface Counts {
  accepted: number;
  seen: number;
  told: number;
  superseded: number;
  duplicate: number;
  dead: number;
  lostByBroker: number;
  missing: number;
}

export interface Balance {
  readonly counts: Counts;
  /** Different events that were accepted. */
  readonly events: number;
  /** Sightings of an event again after everything began anew; not part of the sum. */
  readonly again: number;
  readonly findings: readonly Finding[];
}

type Fate = Exclude<keyof Counts, "accepted" | "duplicate">;

/** Settles every pair of client and event. What cannot be explained is a finding. */
export function settle(ledger: Ledger): Balance {
  const findings = [...ledger.findings];
  const counts: Counts = {
    ...{ accepted: 0, seen: 0, told: 0, superseded: 0, duplicate: 0, dead: 0, lostByBroker: 0, missing: 0 },
  };
  const accepted = [...ledger.entries.values()].filter(({ acceptedAt }) => acceptedAt.length > 0);
  const lost = lostByBroker(ledger, accepted);
  const followers = Map.groupBy(ledger.journeys.values(), ({ channel }) => channel);
  for (const entry of accepted) {
    const due: ReadonlyArray<Journey | undefined> =
      entry.channel === undefined ? [undefined] : (followers.get(entry.channel) ?? []);
    if (entry.channel !== undefined && entry.deadBecause !== undefined)
      findings.push({ what: `a good event is a dead letter: ${entry.deadBecause}`, event: entry.id });
    for (const journey of due) {
      const fate = fateOf(ledger, entry, { journey, lost });
      counts.accepted += entry.acceptedAt.length;
      counts.duplicate += entry.acceptedAt.length - 1;
      counts[fate] += 1;
      if (fate === "missing") findings.push(missing(ledger, entry, journey));
    }
  }
  const again = ledger.journeys.values().reduce((sum, journey) => sum + journey.again, 0);
  return { counts, events: accepted.length, again, findings };
}

function fateOf(
  ledger: Ledger,
  entry: Entry,
  { journey, lost }: { readonly journey: Journey | undefined; readonly lost: ReadonlySet<Entry> },
): Fate {
  if (journey?.seen.has(entry.id) === true) return "seen";
  if (entry.deadBecause !== undefined) return "dead";
  if (entry.outdated) return "superseded";
  if (journey !== undefined && wasTold(ledger, entry, journey)) return "told";
  return lost.has(entry) ? "lostByBroker" : "missing";
}

/**
 * The client was told to reload at a position at or behind the event's place, or in a later epoch. An event whose place
 * nobody knows must have been offered before Redis lost its data, and the client told after that.
 */
function wasTold(ledger: Ledger, entry: Entry, journey: Journey): boolean {
  const places = ledger.places(journey.channel);
  const place = places.lastOf(entry.id);
  if (place === undefined)
    return ledger.storeLosses.some((loss) => entry.at < loss.at && journey.told.some(({ at }) => at > loss.at));
  return journey.told.some(({ epoch, offset }) =>
    epoch === place.epoch ? offset >= place.offset : places.isLater(epoch, place.epoch),
  );
}

/**
 * Events that no node ever had and that RabbitMQ may have had when its data was removed: those accepted after its queues
 * were counted, and of the earlier ones the youngest, no more than were counted.
 */
function lostByBroker(ledger: Ledger, accepted: readonly Entry[]): ReadonlySet<Entry> {
  const lost = new Set<Entry>();
  const nowhere = accepted.filter(
    ({ id, way, channel, outdated, deadBecause }) =>
      way !== "api" &&
      !outdated &&
      deadBecause === undefined &&
      (channel === undefined || ledger.places(channel).lastOf(id) === undefined),
  );
  for (const { at, countedAt, messages } of ledger.brokerLosses) {
    const before = nowhere.filter((entry) => entry.at < at && !lost.has(entry));
    const late = before.filter((entry) => (entry.acceptedAt[0] ?? 0) >= countedAt);
    const early = before.filter((entry) => (entry.acceptedAt[0] ?? 0) < countedAt);
    early.sort((one, other) => (other.acceptedAt[0] ?? 0) - (one.acceptedAt[0] ?? 0));
    for (const entry of [...late, ...early.slice(0, messages)]) lost.add(entry);
  }
  return lost;
}

function missing(ledger: Ledger, entry: Entry, journey: Journey | undefined): Finding {
  const place = entry.channel === undefined ? undefined : ledger.places(entry.channel).lastOf(entry.id);
  const where = place === undefined ? "nobody had it" : `stored at ${place.epoch} ${place.offset}`;
  const told = journey?.told.map(({ epoch, offset, at }) => `${epoch} ${offset} @${clock(at)}`).join(", ");
  return {
    what: `accepted and never seen (${entry.way}, offered ${clock(entry.at)}; ${where}; told: ${told || "never"})`,
    event: entry.id,
    at: entry.acceptedAt[0] ?? 0,
    ...(journey === undefined ? {} : { client: journey.client, channel: journey.channel }),
  };
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 23);
