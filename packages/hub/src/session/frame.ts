import {
  type ChannelName,
  type Codec,
  differenceOf,
  type Encoded,
  type Publication,
  type Push,
} from "@bellwire/protocol";

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

/** How one subscriber takes a publication: as it is, or, where differences were agreed, whole or as one. */
export type Form = "plain" | "whole" | "difference";

/** A publication for a channel's subscribers: each form is made at most once per codec, and the difference once for all. */
export class SharedPublication {
  readonly #channel: ChannelName;
  readonly #publication: Publication;
  readonly #previous: string | undefined;
  readonly #plain: SharedPush;
  #whole: SharedPush | undefined;
  #difference: SharedPush | undefined;

  /** `previous` is the payload before; undefined where none is known. */
  constructor(channel: ChannelName, publication: Publication, previous: string | undefined) {
    this.#channel = channel;
    this.#publication = publication;
    this.#previous = previous;
    this.#plain = new SharedPush({ kind: "publication", channel, publication });
  }

  frameFor(codec: Codec, form: Form): Frame {
    if (form === "plain") return this.#plain.frameFor(codec);
    const push = form === "whole" ? this.#asWhole() : this.#asDifference();
    return push.frameFor(codec);
  }

  #asWhole(): SharedPush {
    this.#whole ??= this.#differing(undefined);
    return this.#whole;
  }

  #asDifference(): SharedPush {
    if (this.#difference !== undefined) return this.#difference;
    const difference = this.#previous === undefined ? undefined : differenceOf(this.#previous, this.#publication.data);
    this.#difference = difference === undefined ? this.#asWhole() : this.#differing(difference);
    return this.#difference;
  }

  #differing(difference: string | undefined): SharedPush {
    return new SharedPush({
      kind: "difference",
      channel: this.#channel,
      publication: this.#publication,
      difference,
    });
  }
}
