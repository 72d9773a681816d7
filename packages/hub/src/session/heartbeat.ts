import type { Codec } from "@bellwire/protocol";
import type { HubLimits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { Frame } from "./frame.ts";
import type { Session } from "./session.ts";

/** A sweep that comes so late, ms, says that this process stood still: answers may lie unread, so nobody is cut for silence. */
const STALL_MS = 3_000;
/** By how much of the greatest age a connection may be sent away earlier, so that those of one minute do not leave in one. */
const AGE_JITTER = 0.2;

/**
 * One sweep a second for all sessions, instead of timers for each: whoever is due gets a ping, whoever did not answer the
 * last one, or outlived its token, is ended. Sessions are spread over as many slots as a ping interval has seconds.
 */
export class Heartbeat {
  readonly #slots: Set<Session>[];
  readonly #slotOf = new Map<Session, number>();
  /** Not yet connected, oldest first. */
  readonly #strangers = new Map<Session, number>();
  readonly #pings = new Map<Codec, Frame>();
  readonly #limits: HubLimits;
  readonly #clock: Clock;
  readonly #expired: (session: Session) => void;
  #beat = 0;
  #tickedAt: number;

  /** `expired` is told of a session some of whose subscriptions have outlived their tokens. */
  constructor(limits: HubLimits, clock: Clock, expired: (session: Session) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#expired = expired;
    this.#tickedAt = clock.elapsed();
    this.#slots = Array.from({ length: limits.pingSeconds }, () => new Set<Session>());
  }

  /** A connection that has yet to say who it is. */
  expect(session: Session): void {
    this.#strangers.set(session, this.#clock.elapsed() + this.#limits.connectMs);
  }

  /** A session to be pinged from now on: first after a random half to whole interval. */
  admit(session: Session): void {
    this.#strangers.delete(session);
    const count = this.#slots.length;
    const wait = Math.ceil((count / 2) * (1 + this.#clock.random()));
    const slot = (this.#beat + wait) % count;
    this.#slots[slot]?.add(session);
    this.#slotOf.set(session, slot);
    const { maxConnectionAgeMs } = this.#limits;
    if (maxConnectionAgeMs > 0)
      session.leavesAt = this.#clock.elapsed() + maxConnectionAgeMs * (1 - AGE_JITTER * this.#clock.random());
  }

  forget(session: Session): void {
    this.#strangers.delete(session);
    const slot = this.#slotOf.get(session);
    if (slot === undefined) return;
    this.#slotOf.delete(session);
    this.#slots[slot]?.delete(session);
  }

  /** Called once a second. */
  tick(): void {
    const now = this.#clock.elapsed();
    const stalled = now - this.#tickedAt > STALL_MS;
    this.#tickedAt = now;
    if (!stalled) this.#endStrangers(now);
    const count = this.#slots.length;
    const grace = Math.min(count - 1, Math.ceil(this.#limits.pongMs / 1_000));
    this.#beat += 1;
    for (const session of this.#slots[(this.#beat + count - grace) % count] ?? [])
      if (session.pongsDue > 0 && !stalled) session.end("noPong");
    for (const session of this.#slots[this.#beat % count] ?? []) this.#ping(session, now);
  }

  #endStrangers(now: number): void {
    for (const [session, deadline] of this.#strangers) {
      if (deadline > now) return;
      session.end("stale");
    }
  }

  #ping(session: Session, now: number): void {
    const wall = this.#clock.now();
    if (session.expiresAt !== undefined && session.expiresAt + this.#limits.expiryGraceMs < wall)
      return session.end("expired");
    const { subscriptionsExpireAt = Number.POSITIVE_INFINITY } = session;
    if (subscriptionsExpireAt + this.#limits.expiryGraceMs < wall) this.#expired(session);
    // This ping or never: after the next one it would be older than allowed.
    if (session.leavesAt !== undefined && session.leavesAt < now + this.#limits.pingSeconds * 1_000)
      return session.end("forceReconnect");
    session.ping(this.#pingFrame(session.codec));
  }

  #pingFrame(codec: Codec): Frame {
    const known = this.#pings.get(codec);
    if (known !== undefined) return known;
    const frame = new Frame(codec.ping);
    this.#pings.set(codec, frame);
    return frame;
  }
}
