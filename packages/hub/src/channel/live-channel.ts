import type { ChannelName, ClientInfo, Position, Publication } from "@bellwire/protocol";
import type { HubLimits } from "../limits.ts";
import type { Namespace } from "../namespace.ts";
import type { HubObserver } from "../observer.ts";
import type { Clock } from "../ports/clock.ts";
import type { StreamSlice, Streams } from "../ports/streams.ts";
import { SharedPublication, SharedPush } from "../session/frame.ts";
import type { Attendance } from "./attendance.ts";
import { backoffMs } from "./backoff.ts";
import { bounded, type CatchUp, catchUp, latest, type RecoveryRequest } from "./catch-up.ts";
import type { Subscription } from "./subscription.ts";

/** What a channel needs of its node. */
export interface ChannelWorld {
  readonly node: string;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly limits: HubLimits;
  readonly observer: HubObserver;
  readonly attendance: Pick<Attendance, "entered" | "left">;
}

/** What is read for those who ask for no position, and for those who want the latest alone, where others name an offset. */
const [TOP, LATEST] = [-1, -2];
const REPAIR_BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * One channel on this node: its local subscribers, and how far they have been served. Whatever the bus does (late, double,
 * out of order, lost), subscribers get offsets in order: what comes early waits for the hole to close, and a hole that
 * does not is filled from the stream. Where even the stream cannot tell, the subscribers are told to subscribe again.
 */
export class LiveChannel {
  readonly name: ChannelName;
  readonly rules: Namespace;
  readonly members = new Set<Subscription>();
  readonly #world: ChannelWorld;
  /** How far the members have been served; undefined until the first read, and for ever without history. */
  #position: { epoch: string; offset: number } | undefined;
  /** Publications ahead of a hole, by offset. */
  readonly #early = new Map<number, { readonly epoch: string; readonly publication: Publication }>();
  /** What went live while somebody reads the stream, so that the two can be joined. */
  #tail: Publication[] = [];
  #readers = 0;
  #joined = false;
  /** The payload fanned out last, where differences to it may be wanted. */
  #previous: string | undefined;
  readonly #reads = new Map<number, Promise<StreamSlice>>();
  #cancelHole: (() => void) | undefined;
  #repairing = false;
  #failures = 0;

  constructor(name: ChannelName, rules: Namespace, world: ChannelWorld) {
    this.name = name;
    this.rules = rules;
    this.#world = world;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** Nobody listens and nobody is about to. */
  get isIdle(): boolean {
    return this.members.size === 0 && this.#readers === 0;
  }

  /** Whether the cluster's stores know that this node holds the channel. */
  get isHeld(): boolean {
    return this.#joined;
  }

  get #hasHistory(): boolean {
    return this.rules.history.size > 0;
  }

  /**
   * Adds a subscriber. Resolves to `admit`, to be called in the same turn in which the reply is written: it makes the
   * subscription live and says what the reply must carry; undefined when history and live did not meet (try again).
   * Rejects when the stream cannot be read.
   */
  async join(subscription: Subscription, request: RecoveryRequest | undefined): Promise<() => CatchUp | undefined> {
    this.#readers += 1;
    let slice = this.#sliceFromHere(request);
    try {
      slice ??= await this.#read(request);
    } catch (error) {
      this.#stopReading();
      throw error;
    }
    const read = slice;
    return () => {
      const caughtUp = this.#meet(read, request);
      this.#stopReading();
      return caughtUp && this.#admit(subscription, bounded(caughtUp, subscription.session));
    };
  }

  leave(subscription: Subscription): void {
    if (this.members.delete(subscription)) this.#world.attendance.left(subscription);
  }

  /** Somebody came or went, here or on another node. */
  announce(kind: "join" | "leave", info: ClientInfo): void {
    const push = new SharedPush({ kind, channel: this.name, info });
    for (const { hearsWhoComes, session } of this.members)
      if (hearsWhoComes && !session.isBehind) session.enqueue(push.frameFor(session.codec));
  }

  /** A publication came over the bus. */
  receive(epoch: string, publication: Publication): void {
    const { offset } = publication;
    const position = this.#position;
    if (offset === 0) return this.#fanOut(publication);
    if (position === undefined) return this.#hold(epoch, publication);
    if (epoch !== position.epoch) return this.#repairSoon();
    if (offset <= position.offset) return this.#world.observer.dropped("duplicate");
    if (offset > position.offset + 1) {
      this.#hold(epoch, publication);
      return this.#repairSoon();
    }
    this.#advance(position, publication);
    this.#releaseEarly(position);
  }

  /** The stream's top as the store tells it: behind it means that the bus lost something. */
  compare(top: Position | undefined): void {
    const position = this.#position;
    if (position === undefined) return;
    if (top === undefined || top.epoch !== position.epoch || top.offset !== position.offset) this.#repairSoon();
  }

  /** Ends all timers. */
  close(): void {
    this.#cancelHole?.();
    this.#cancelHole = undefined;
  }

  /** What a read would say, where none is needed: this node follows the stream, and the client has what the node has, or asks for nothing. */
  #sliceFromHere(request: RecoveryRequest | undefined): StreamSlice | undefined {
    if (!this.#hasHistory) return this.#joined ? { top: { epoch: "", offset: 0 }, publications: [] } : undefined;
    const position = this.#position;
    if (position === undefined || (request === undefined && this.rules.cache)) return undefined;
    const isHere = request === undefined || (request.epoch === position.epoch && request.offset === position.offset);
    return isHere ? { top: { ...position }, publications: [] } : undefined;
  }

  /** Reads the stream, registering this node as a holder first. Joiners who want the same share one read. */
  #read(request: RecoveryRequest | undefined): Promise<StreamSlice> {
    const { cache } = this.rules;
    const key = cache ? LATEST : (request?.offset ?? TOP);
    const running = this.#reads.get(key);
    if (running !== undefined) return running;
    const { streams, node, limits } = this.#world;
    const missed = request === undefined ? { limit: 0 } : { since: request.offset, limit: limits.recovery };
    const range = cache ? { limit: 1, reverse: true } : missed;
    const reading = streams.join(this.name, node, range).finally(() => this.#reads.delete(key));
    this.#reads.set(key, reading);
    return reading;
  }

  #stopReading(): void {
    this.#readers -= 1;
    if (this.#readers === 0) this.#tail = [];
  }

  #meet(slice: StreamSlice, request: RecoveryRequest | undefined): CatchUp | undefined {
    this.#joined = true;
    if (!this.#hasHistory) return { recovered: false, end: { epoch: "", offset: 0 } };
    const { top } = slice;
    const position = this.#position;
    if (position !== undefined && (position.epoch !== top.epoch || this.#isRolledBack(top, position.offset)))
      this.#loseMembers();
    if (this.#position === undefined) this.#begin(top);
    return this.rules.cache ? latest(slice, this.#tail, request) : catchUp(slice, this.#tail, request);
  }

  /** The stream stands before what was served, and what went live since the read began does not explain it. */
  #isRolledBack(top: Position, served: number): boolean {
    if (top.offset >= served) return false;
    const first = this.#tail[0];
    return first === undefined || first.offset > top.offset + 1;
  }

  #begin(top: Position): void {
    this.#position = { ...top };
    this.#releaseEarly(this.#position);
    if (this.#early.size > 0) this.#repairSoon();
  }

  #admit(subscription: Subscription, caughtUp: CatchUp): CatchUp {
    subscription.offset = caughtUp.end.offset;
    subscription.live = true;
    this.members.add(subscription);
    this.#world.attendance.entered(subscription);
    return caughtUp;
  }

  #advance(position: { readonly epoch: string; offset: number }, publication: Publication): void {
    position.offset = publication.offset;
    this.#world.streams.witness(this.name, position);
    if (this.#readers > 0 && this.#tail.length < this.#world.limits.heldPublications) this.#tail.push(publication);
    this.#fanOut(publication);
  }

  #fanOut(publication: Publication): void {
    const push = new SharedPublication(this.name, publication, this.#previous);
    if (this.rules.delta) this.#previous = publication.data;
    let sent = 0;
    for (const member of this.members) {
      const delivery = member.offer(push, publication.offset);
      if (delivery === "sent") sent += 1;
      else if (delivery === "skipped") this.#world.observer.skipped(this.rules.name);
      else if (delivery === "gap") this.drop(member);
    }
    this.#world.observer.delivered(sent);
  }

  #hold(epoch: string, publication: Publication): void {
    if (this.#early.size >= this.#world.limits.heldPublications) this.#world.observer.dropped("heldLimit");
    else this.#early.set(publication.offset, { epoch, publication });
  }

  #releaseEarly(position: { readonly epoch: string; offset: number }): void {
    if (this.#early.size === 0) return;
    for (;;) {
      const next = this.#early.get(position.offset + 1);
      if (next === undefined || next.epoch !== position.epoch) break;
      this.#early.delete(position.offset + 1);
      this.#advance(position, next.publication);
    }
    for (const [offset, held] of this.#early)
      if (offset <= position.offset || held.epoch !== position.epoch) this.#early.delete(offset);
  }

  #repairSoon(delayMs = this.#world.limits.holeMs): void {
    this.#cancelHole ??= this.#world.clock.after(delayMs, () => {
      this.#cancelHole = undefined;
      void this.#repair();
    });
  }

  /** Reads what the bus did not bring. While the stream cannot be read it tries again, with growing pauses. */
  async #repair(): Promise<void> {
    const position = this.#position;
    if (this.#repairing || position === undefined || this.isIdle) return;
    this.#repairing = true;
    const { streams, limits, clock, observer } = this.#world;
    try {
      const since = position.offset;
      const slice = await streams.read(this.name, { since, limit: limits.recovery });
      this.#failures = 0;
      if (slice.top.epoch !== position.epoch || slice.top.offset < since) this.#loseMembers();
      else if (this.#position === position) this.#repairFrom(slice, position);
    } catch (error) {
      observer.failed("streams", error);
      this.#repairSoon(limits.holeMs + backoffMs(this.#failures, clock.random(), REPAIR_BACKOFF));
      this.#failures += 1;
    } finally {
      this.#repairing = false;
    }
  }

  #repairFrom({ top, publications }: StreamSlice, position: { readonly epoch: string; offset: number }): void {
    const served = position.offset;
    for (const publication of publications)
      if (publication.offset === position.offset + 1) this.#advance(position, publication);
    if (position.offset > served) this.#world.observer.repaired(position.offset - served);
    this.#releaseEarly(position);
    if (position.offset >= top.offset) {
      if (this.#early.size > 0) this.#repairSoon();
      return;
    }
    if (position.offset > served) this.#repairSoon(0);
    else this.#loseMembers();
  }

  /** Continuity cannot be shown: everybody subscribes again, and the first of them registers and reads anew. */
  #loseMembers(): void {
    const members = [...this.members];
    this.#early.clear();
    this.#tail = [];
    this.#position = undefined;
    for (const member of members) this.drop(member);
    this.#world.observer.positionLost(members.length);
  }

  /** Tells one subscriber to subscribe again, with recovery; who did not subscribe itself has to connect again. */
  drop(member: Subscription): void {
    this.leave(member);
    member.live = false;
    if (member.byServer) return member.session.end("insufficientState");
    member.session.subscriptions.delete(this.name);
    member.session.push({ kind: "unsubscribe", channel: this.name, cause: "insufficientState" });
  }
}
