import type { Codec } from "@bellwire/protocol";
import type { Clock } from "../ports/clock.ts";
import { Frame } from "./frame.ts";

/** Messages are joined into one transport frame up to this many payload bytes; a larger one travels alone. */
const MAX_JOINED_BYTES = 65_536;

/** Something with a queue of frames: a session, as the flusher sees it. */
export interface Flushable {
  readonly codec: Codec;
  /** What is queued; the queue is empty afterwards. */
  take(): readonly Frame[];
  write(frame: Frame): void;
}

/**
 * Writes what sessions have queued, once per turn of the loop: several messages leave as one frame, sessions that got the
 * same messages share it, and a large audience is served in chunks so that the loop never stalls for it.
 */
export class Flusher {
  readonly #clock: Clock;
  readonly #chunk: number;
  #dirty: Flushable[] = [];
  /** Those being served, and who of them is next. */
  #turn: Flushable[] = [];
  #next = 0;
  #scheduled = false;
  #lastParts: readonly Frame[] = [];
  #lastCodec: Codec | undefined;
  #lastJoined: readonly Frame[] = [];

  constructor(clock: Clock, chunk: number) {
    this.#clock = clock;
    this.#chunk = chunk;
  }

  now(): number {
    return this.#clock.elapsed();
  }

  add(session: Flushable): void {
    this.#dirty.push(session);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(this.#run);
  }

  readonly #run = (): void => {
    if (this.#next === this.#turn.length) {
      this.#turn = this.#dirty;
      this.#dirty = [];
      this.#next = 0;
    }
    const end = Math.min(this.#turn.length, this.#next + this.#chunk);
    for (; this.#next < end; this.#next += 1) {
      const session = this.#turn[this.#next];
      if (session !== undefined) this.flush(session);
    }
    this.#scheduled = this.#next < this.#turn.length || this.#dirty.length > 0;
    if (this.#scheduled) this.#clock.soon(this.#run);
    else this.#forget();
  };

  /** Writes one session's queue at once. */
  flush(session: Flushable): void {
    const frames = session.take();
    const only = frames[0];
    if (only === undefined) return;
    if (frames.length === 1) session.write(only);
    else for (const joined of this.#join(frames, session.codec)) session.write(joined);
  }

  #join(frames: readonly Frame[], codec: Codec): readonly Frame[] {
    if (codec === this.#lastCodec && areSame(frames, this.#lastParts)) return this.#lastJoined;
    this.#lastCodec = codec;
    this.#lastParts = frames;
    this.#lastJoined = joinFrames(frames, codec);
    return this.#lastJoined;
  }

  #forget(): void {
    this.#turn = [];
    this.#next = 0;
    this.#lastCodec = undefined;
    this.#lastParts = [];
    this.#lastJoined = [];
  }
}

function areSame(some: readonly Frame[], others: readonly Frame[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index += 1) if (some[index] !== others[index]) return false;
  return true;
}

function joinFrames(frames: readonly Frame[], codec: Codec): readonly Frame[] {
  const joined: Frame[] = [];
  let batch: Frame[] = [];
  let bytes = 0;
  const close = (): void => {
    const only = batch[0];
    if (only === undefined) return;
    joined.push(batch.length === 1 ? only : new Frame(codec.join(batch.map(({ payload }) => payload))));
    batch = [];
    bytes = 0;
  };
  for (const frame of frames) {
    if (bytes + frame.payload.byteLength > MAX_JOINED_BYTES) close();
    batch.push(frame);
    bytes += frame.payload.byteLength;
  }
  close();
  return joined;
}
