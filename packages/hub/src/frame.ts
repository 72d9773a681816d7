import type { Codec, Encoded, Push } from "@bellwire/protocol";

/** One payload for a transport, shared by all who get it. */
export class Frame {
  readonly payload: Encoded;
  /** The transport's own form of the payload (a WebSocket frame with its header), made once by whoever needs it first. */
  framed: Uint8Array | undefined;

  constructor(payload: Encoded) {
    this.payload = payload;
  }
}

/** A push for many sessions: encoded at most once per codec, when the first session needs it. */
export class SharedPush {
  readonly #push: Push;
  #codec: Codec | undefined;
  #frame: Frame | undefined;
  #others: Map<Codec, Frame> | undefined;

  constructor(push: Push) {
    this.#push = push;
  }

  frameFor(codec: Codec): Frame {
    if (codec === this.#codec && this.#frame !== undefined) return this.#frame;
    const known = this.#others?.get(codec);
    if (known !== undefined) return known;
    const frame = new Frame(codec.push(this.#push));
    if (this.#codec === undefined) {
      this.#codec = codec;
      this.#frame = frame;
    } else {
      this.#others ??= new Map();
      this.#others.set(codec, frame);
    }
    return frame;
  }
}
