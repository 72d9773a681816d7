import type { Append, Appended, Clock, Streams } from "@bellwire/hub";
import type { ChannelName, Position } from "@bellwire/protocol";
import { Expiring } from "./expiring.ts";
import type { Gate } from "./gate.ts";
import type { Holders } from "./holders.ts";
import { Stream } from "./stream.ts";

/** How long a stream's epoch and top outlive its last use, ms. */
const META_TTL_MS = 30 * 24 * 3_600_000;

/** The longest event id and version subject, in characters. */
const MAX_NAME_LENGTH = 128;

/** Channels' streams in memory, with the answers of the Redis ones. Each call is one step; an over-full store rejects. */
export class MemoryStreams implements Streams {
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #holders: Holders;
  readonly #streams: Expiring<Stream>;
  readonly #seen: Expiring<Position>;
  readonly #versions: Expiring<{ readonly number: number; readonly epoch: string }>;
  readonly #born: string;
  #lives = 0;

  constructor(parts: { clock: Clock; gate: Gate; holders: Holders; maxEntries: number }) {
    this.#clock = parts.clock;
    this.#gate = parts.gate;
    this.#holders = parts.holders;
    this.#streams = new Expiring(parts.maxEntries, (stream, now) => stream.expire(now));
    this.#seen = new Expiring(parts.maxEntries);
    this.#versions = new Expiring(parts.maxEntries);
    this.#born = Math.floor(parts.clock.random() * 2 ** 40).toString(36);
  }

  append(append: Append): Promise<Appended> {
    return this.#gate.pass(() => this.#append(append));
  }

  join: Streams["join"] = (channel, node, range) =>
    this.#gate.pass(() => {
      this.#holders.add(channel, node, this.#clock.now());
      return this.#read(channel, range);
    });

  leave: Streams["leave"] = (channel, node) => this.#gate.pass(() => this.#holders.delete(channel, node));

  read: Streams["read"] = (channel, range) => this.#gate.pass(() => this.#read(channel, range));

  /** Nothing to do: memory that is lost takes its nodes with it. */
  witness: Streams["witness"] = () => undefined;

  tops: Streams["tops"] = (channels) =>
    this.#gate.pass(() => {
      const now = this.#clock.now();
      return channels.map((channel) => {
        const stream = this.#streams.get(channel, now);
        return stream && { epoch: stream.epoch, offset: stream.top };
      });
    });

  holders: Streams["holders"] = (channel) => this.#gate.pass(() => this.#holders.nodesOf(channel));

  clear: Streams["clear"] = (channel) => this.#gate.pass(() => this.#streams.get(channel, this.#clock.now())?.clear());

  /** The store came back empty. */
  wipe(): void {
    this.#streams.clear();
    this.#seen.clear();
    this.#versions.clear();
  }

  #append(append: Append): Appended {
    const now = this.#clock.now();
    const names = this.#namesOf(append);
    const stream = this.#stream(append.channel, 2 * append.history.ttlMs);
    const seen = names.event === undefined ? undefined : this.#seen.get(names.event, now);
    // An id from another epoch names a position that nobody can be at any more: the event is appended anew.
    if (seen?.epoch === stream.epoch) return this.#duplicate(append.channel, stream, seen);
    const refusal = this.#refusalOf(append, names.version);
    if (refusal !== undefined) return { kind: refusal, position: { epoch: stream.epoch, offset: stream.top } };

    const { data, info, tags, version, history } = append;
    const plain = { data, ...(info && { info: { ...info } }), ...(tags && { tags: { ...tags } }) };
    const publication = history.size > 0 ? stream.add(plain, history, now) : { ...plain, offset: 0 };
    const position = { epoch: stream.epoch, offset: publication.offset };
    if (version && names.version !== undefined)
      this.#versions.set(
        names.version,
        { number: version.number, epoch: version.epoch ?? "" },
        { now, until: now + append.versionTtlMs },
      );
    if (names.event !== undefined && append.dedupMs > 0)
      this.#seen.set(names.event, position, { now, until: now + append.dedupMs });
    return { kind: "appended", position, publication, holders: this.#holders.nodesOf(append.channel) };
  }

  /** What the event id and the subject are remembered under. Rejects before anything is written where there is no room. */
  #namesOf({ channel, eventId, version, dedupMs }: Append): { readonly event?: string; readonly version?: string } {
    const event = eventId === undefined ? undefined : `${channel} ${bounded("event id", eventId)}`;
    const subject = version && `${channel} ${bounded("version subject", version.subject)}`;
    if (event !== undefined && dedupMs > 0) this.#seen.reserve(event);
    if (subject !== undefined) this.#versions.reserve(subject);
    return { ...(event !== undefined && { event }), ...(subject !== undefined && { version: subject }) };
  }

  #duplicate(channel: ChannelName, stream: Stream, seen: Position): Appended {
    const publication = stream.at(seen.offset, this.#clock.now());
    const holders = this.#holders.nodesOf(channel);
    return { kind: "duplicate", position: seen, ...(publication && { publication }), holders };
  }

  /** Why the version may not be appended now; undefined where it may. */
  #refusalOf({ version }: Append, name: string | undefined): "stale" | "early" | undefined {
    if (version === undefined || name === undefined) return undefined;
    const known = this.#versions.get(name, this.#clock.now());
    const last = known?.epoch === (version.epoch ?? "") ? known.number : 0;
    if (version.number <= last) return "stale";
    return version.next === true && version.number > last + 1 ? "early" : undefined;
  }

  #read(channel: ChannelName, range: Parameters<Streams["read"]>[1]) {
    const stream = this.#stream(channel, 0);
    return {
      top: { epoch: stream.epoch, offset: stream.top },
      publications: stream.read(range, this.#clock.now()),
    };
  }

  /** The channel's stream, begun where there is none, and kept from now for 30 days, or `atLeastMs` where that is longer. */
  #stream(channel: ChannelName, atLeastMs: number): Stream {
    const now = this.#clock.now();
    const stream = this.#streams.get(channel, now) ?? new Stream(`${this.#born}${(this.#lives++).toString(36)}`);
    stream.keepMs = Math.max(stream.keepMs, atLeastMs, META_TTL_MS);
    this.#streams.set(channel, stream, { now, until: now + stream.keepMs });
    return stream;
  }
}

function bounded(what: string, name: string): string {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    throw new RangeError(`${what} must have 1 to ${MAX_NAME_LENGTH} characters, got ${name.length}`);
  return name;
}
