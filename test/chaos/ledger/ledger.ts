import type { BrokerLoss, ClientRecord, FinalStream, Finding, Offer, StoreLoss } from "./facts.ts";
import { Journey } from "./journey.ts";
import { Places } from "./places.ts";

/** An event and what is known of it. */
export interface Entry extends Offer {
  /** When each acceptance came; more than one where it was accepted again. */
  readonly acceptedAt: number[];
  /** A node has dropped it because a newer version was there. */
  outdated: boolean;
  /** It went from our producer towards RabbitMQ, whether it got there or not. */
  sent: boolean;
  /** Why it is among the dead letters. */
  deadBecause?: string;
}

const MAX_FINDINGS = 1_000;

/** Everything that was accepted, and everything that every client saw. It knows nothing of how bellwire works inside. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly journeys = new Map<string, Journey>();
  readonly storeLosses: StoreLoss[] = [];
  /** When Redis ended and kept its data, where its streams begin anew for that. */
  readonly renewals: number[] = [];
  readonly brokerLosses: BrokerLoss[] = [];
  readonly #places = new Map<string, Places>();
  readonly #findings: Finding[] = [];

  /** Somebody is about to publish it. Offering it again changes nothing. */
  offer(offer: Offer): void {
    if (!this.entries.has(offer.id))
      this.entries.set(offer.id, { ...offer, acceptedAt: [], outdated: false, sent: false });
  }

  /** RabbitMQ, the producer or the server API has said that it has the event. */
  accept(id: string, at: number): void {
    this.#entry(id).acceptedAt.push(at);
  }

  /** Seen on the way from our producer to RabbitMQ. What nobody offered is none of ours. */
  sent(id: string): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) entry.sent = true;
  }

  /** A node said that it has dropped the event as outdated. */
  outdated(id: string): void {
    this.#entry(id).outdated = true;
  }

  dead(id: string, reason: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) this.found({ what: `an unknown dead letter: ${reason}`, event: id });
    else entry.deadBecause = reason;
  }

  /** What a client noticed, in the order in which it did. */
  note(record: ClientRecord): void {
    const journey = this.#journey(record);
    const places = this.places(record.channel);
    if (record.kind === "subscribed") {
      places.heardOf(record.epoch, record.at);
      journey.subscribed(record);
      return;
    }
    const place = journey.saw(record);
    const entry = this.entries.get(record.id);
    if (entry === undefined) return this.found({ what: "was never offered", event: record.id, client: record.client });
    if (entry.channel !== record.channel)
      this.found({ what: `belongs on ${entry.channel}`, event: record.id, channel: record.channel });
    if (place !== undefined) places.saw(record.id, place);
  }

  /** A stream at the end of the run: whoever follows it must have come to its top. */
  ends(stream: FinalStream, at: number): void {
    const { channel, epoch, top } = stream;
    const places = this.places(channel);
    places.heardOf(epoch, at);
    for (const { offset, id } of stream.entries) places.saw(id, { epoch, offset });
    for (const journey of this.journeys.values()) {
      const { position, client } = journey;
      if (journey.channel !== channel || (position?.epoch === epoch && position.offset === top)) continue;
      this.found({ what: `ended at ${position?.epoch} ${position?.offset} of ${epoch} ${top}`, client, channel, at });
    }
  }

  found(finding: Finding): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
  }

  places(channel: string): Places {
    const here = this.#places.get(channel) ?? new Places(channel, (finding) => this.found(finding));
    this.#places.set(channel, here);
    return here;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  #entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new Error(`event ${id} was never offered`);
    return entry;
  }

  #journey(record: Pick<ClientRecord, "client" | "channel">): Journey {
    const key = `${record.client} ${record.channel}`;
    const here =
      this.journeys.get(key) ??
      new Journey(record, {
        found: (finding) => this.found(finding),
        versionOf: (event) => this.entries.get(event)?.order,
      });
    this.journeys.set(key, here);
    return here;
  }
}
