import type { Finding } from "./facts.ts";
import type { Journey } from "./journey.ts";
import type { Entry, Ledger } from "./ledger.ts";

/**
 * What became of what was accepted, counted once for every client that it was due to. `duplicate` are acceptances of an
 * event that had been accepted before. `lostByBroker` are events that RabbitMQ had when its data was removed,
 * `lostByStore` those that only the producer's outbox had when Redis lost it.
 */
export interface Counts {
  accepted: number;
  seen: number;
  told: number;
  superseded: number;
  duplicate: number;
  dead: number;
  lostByBroker: number;
  lostByStore: number;
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

interface Lost {
  readonly byBroker: ReadonlySet<Entry>;
  readonly byStore: ReadonlySet<Entry>;
}

type Fate = Exclude<keyof Counts, "accepted" | "duplicate">;

/** Settles every pair of client and event. What cannot be explained is a finding. */
export function settle(ledger: Ledger): Balance {
  const findings = [...ledger.findings];
  const counts: Counts = {
    ...{ accepted: 0, seen: 0, told: 0, superseded: 0, duplicate: 0, dead: 0, lostByBroker: 0 },
    ...{ lostByStore: 0, missing: 0 },
  };
  const accepted = [...ledger.entries.values()].filter(({ acceptedAt }) => acceptedAt.length > 0);
  const lost = { byBroker: lostByBroker(ledger, accepted), byStore: lostByStore(ledger, accepted) };
  const followers = Map.groupBy(ledger.journeys.values(), ({ channel }) => channel);
  for (const entry of accepted) {
    const due: ReadonlyArray<Journey | undefined> =
      entry.channel === undefined ? [undefined] : (followers.get(entry.channel) ?? []);
    findings.push(...oddities(ledger, entry));
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

function* oddities(ledger: Ledger, entry: Entry): Generator<Finding> {
  const { id, channel, way, deadBecause } = entry;
  if (channel !== undefined && deadBecause !== undefined)
    yield { what: `a good event is a dead letter: ${deadBecause}`, event: id };
  if (way === "shop" && !entry.sent && isKnown(ledger, entry))
    yield { what: "has come, and was not seen on its way from the producer to RabbitMQ", event: id };
}

function fateOf(
  ledger: Ledger,
  entry: Entry,
  { journey, lost }: { readonly journey: Journey | undefined; readonly lost: Lost },
): Fate {
  if (journey?.seen.has(entry.id) === true) return "seen";
  if (entry.deadBecause !== undefined) return "dead";
  if (entry.outdated) return "superseded";
  if (journey !== undefined && wasTold(ledger, entry, journey)) return "told";
  if (lost.byBroker.has(entry)) return "lostByBroker";
  return lost.byStore.has(entry) ? "lostByStore" : "missing";
}

/**
 * The client was told to reload at a position at or behind the event's place, or in a later epoch. An event whose place
 * nobody knows must have been offered before Redis lost its data or renewed its streams, and the client told after that.
 */
function wasTold(ledger: Ledger, entry: Entry, journey: Journey): boolean {
  const places = ledger.places(journey.channel);
  const place = places.lastOf(entry.id);
  if (place === undefined) {
    const ends = [...ledger.storeLosses.map(({ at }) => at), ...ledger.renewals];
    return ends.some((end) => entry.at < end && journey.told.some(({ at }) => at > end));
  }
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
    (entry) => (entry.way === "amqp" || (entry.way === "shop" && entry.sent)) && !isKnown(ledger, entry),
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

/** Whether any node, client or dead letter tells of it. */
const isKnown = (ledger: Ledger, { id, channel, outdated, deadBecause }: Entry): boolean =>
  outdated || deadBecause !== undefined || (channel !== undefined && ledger.places(channel).lastOf(id) !== undefined);

/**
 * Events that our producer had accepted and never sent, that were written down before an end of Redis, and that Redis came
 * back without: in the outbox right before the end or accepted after that look, and not in the copy.
 */
function lostByStore(ledger: Ledger, accepted: readonly Entry[]): ReadonlySet<Entry> {
  const waiting = accepted.filter((entry) => entry.way === "shop" && !entry.sent && !isKnown(ledger, entry));
  const losses = ledger.storeLosses.flatMap(({ outbox }) => outbox ?? []);
  return new Set(
    waiting.filter(({ id, acceptedAt }) =>
      losses.some(
        ({ held, readAt, copied, downUntil }) =>
          !copied.has(id) && (held.has(id) || Math.min(...acceptedAt) >= readAt) && Math.max(...acceptedAt) < downUntil,
      ),
    ),
  );
}

function missing(ledger: Ledger, entry: Entry, journey: Journey | undefined): Finding {
  const place = entry.channel === undefined ? undefined : ledger.places(entry.channel).lastOf(entry.id);
  const where = place === undefined ? "nobody had it" : `stored at ${place.epoch} ${place.offset}`;
  const told = journey?.told.map(({ epoch, offset, at }) => `${epoch} ${offset} @${clock(at)}`).join(", ");
  return {
    what: `accepted and never seen (${entry.way}${entry.sent ? ", sent" : ""}, offered ${clock(entry.at)}; ${where}; told: ${told || "never"})`,
    event: entry.id,
    at: entry.acceptedAt[0] ?? 0,
    ...(journey === undefined ? {} : { client: journey.client, channel: journey.channel }),
  };
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 23);
