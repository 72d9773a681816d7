import {
  type ChannelName,
  type Close,
  type CloseName,
  type Codec,
  closes,
  type ErrorName,
  errors,
  type ProtocolError,
  type Push,
  type Reply,
} from "@bellwire/protocol";
import type { Subscriber, Subscription } from "../channel/subscription.ts";
import type { Identity } from "../gate.ts";
import type { HubLimits } from "../limits.ts";
import { isUnidirectional, type Peer } from "../peer.ts";
import { Allowance } from "./allowance.ts";
import type { Flushable, Flusher } from "./flusher.ts";
import { Frame } from "./frame.ts";
import { isTooSlow } from "./slow.ts";

/** Of the bytes beyond which a connection ends, the part that history may fill. */
const HISTORY_SHARE = 0.5;

/** A transport as the hub sees it. */
export interface Wire {
  /** Hands one frame over; answers false when the transport would rather wait before the next. Never throws. */
  send(frame: Frame): boolean;
  /** The transport's own ping, whose answer it reports by `Connection.ponged`; absent where pings are messages. */
  ping?(): void;
  /** Ends the connection once what was sent has left, within a bound of the transport's own. */
  close(close: Close): void;
  /** Bytes handed over that have not left. */
  readonly bufferedBytes: number;
}

/** One client's connection: who it is, what it listens to, what it has yet to be sent, and the single way it ends. */
export class Session implements Subscriber, Flushable {
  readonly client: string;
  readonly codec: Codec;
  readonly peer: Peer;
  readonly subscriptions = new Map<ChannelName, Subscription>();
  identity: Identity | undefined;
  /** When it was admitted, ms since 1970. */
  since = 0;
  /** When its token must have been refreshed, ms since 1970. */
  expiresAt: number | undefined;
  /** When the first of its subscriptions must have been refreshed, ms since 1970. */
  subscriptionsExpireAt: number | undefined;
  /** When it is sent back to the balancer, by the clock that does not step, ms. */
  leavesAt: number | undefined;
  /** Its connect command has been answered well. */
  connected = false;
  /** Pings that it has not answered: more than one where this process stood still in between. */
  pongsDue = 0;
  lags = false;
  endedBy: CloseName | undefined;
  readonly #wire: Wire;
  readonly #flusher: Flusher;
  readonly #limits: Pick<HubLimits, "slow" | "errors">;
  readonly #refused: (error: ErrorName | "application") => void;
  #queued: Frame[] = [];
  #queuedBytes = 0;
  /** History in the reply that is being made. */
  #historyBytes = 0;
  #overSoftSince: number | undefined;
  #mistakes: Allowance | undefined;
  /** The transport said that it has enough: only then is it worth asking how much it holds. */
  #pressed = false;

  constructor(options: {
    client: string;
    codec: Codec;
    peer: Peer;
    wire: Wire;
    flusher: Flusher;
    limits: Pick<HubLimits, "slow" | "errors">;
    /** Told of every command that is answered with an error. */
    refused: (error: ErrorName | "application") => void;
  }) {
    this.client = options.client;
    this.codec = options.codec;
    this.peer = options.peer;
    this.#wire = options.wire;
    this.#flusher = options.flusher;
    this.#limits = options.limits;
    this.#refused = options.refused;
  }

  get ended(): boolean {
    return this.endedBy !== undefined;
  }

  get backlogBytes(): number {
    return this.#pressed ? this.#queuedBytes + this.#wire.bufferedBytes : this.#queuedBytes;
  }

  get isBehind(): boolean {
    return this.backlogBytes > this.#limits.slow.softBytes;
  }

  takes(historyBytes: number): boolean {
    if (historyBytes === 0) return true;
    const bytes = this.#historyBytes + historyBytes;
    if (this.backlogBytes + bytes > this.#limits.slow.hardBytes * HISTORY_SHARE) return false;
    this.#historyBytes = bytes;
    return true;
  }

  reply(reply: Reply): void {
    if (isUnidirectional(this.peer)) this.#tell(reply);
    else this.enqueue(new Frame(this.codec.reply(reply)));
    if ("error" in reply) this.#mistaken(reply.error);
  }

  /** Somebody who is told no again and again, and not because of us, is no client of ours. */
  #mistaken(error: ErrorName | ProtocolError): void {
    this.#refused(typeof error === "string" ? error : "application");
    const told: ProtocolError = typeof error === "string" ? errors[error] : error;
    if (told.temporary === true) return;
    const now = this.#flusher.now();
    this.#mistakes ??= new Allowance(this.#limits.errors, now);
    if (this.#mistakes.spend(now) !== "fine") this.end("tooManyErrors");
  }

  /** One of its subscriptions must be refreshed until then. */
  noteSubscriptionExpiry(at: number | undefined): void {
    if (at !== undefined && at < (this.subscriptionsExpireAt ?? Number.POSITIVE_INFINITY))
      this.subscriptionsExpireAt = at;
  }

  /** A reply to who sends no commands: how the connection begins, or that it ends. */
  #tell(reply: Reply): void {
    if ("error" in reply) this.end(typeof reply.error === "string" ? closeFor(reply.error) : "internal");
    else if (reply.method === "connect") this.push({ kind: "connect", result: reply.result });
  }

  push(push: Push): void {
    this.enqueue(new Frame(this.codec.push(push)));
  }

  /** Whether pings are the transport's own. */
  get pingsByWire(): boolean {
    return this.#wire.ping !== undefined;
  }

  /** Asks for a sign of life: by the transport where it can, else with `frame`. */
  ping(frame: Frame): void {
    if (!isUnidirectional(this.peer)) this.pongsDue += 1;
    if (this.#wire.ping === undefined) this.enqueue(frame);
    else if (!this.ended) this.#wire.ping();
  }

  /** Queues a frame for this turn's flush; a reader who is too slow is cut instead. */
  enqueue(frame: Frame): void {
    if (this.endedBy !== undefined) return;
    this.#historyBytes = 0;
    if (this.#queued.push(frame) === 1) this.#flusher.add(this);
    this.#queuedBytes += frame.payload.byteLength;
    const bytes = this.backlogBytes;
    if (bytes <= this.#limits.slow.softBytes) this.#overSoftSince = undefined;
    else this.#judge(bytes);
  }

  #judge(bytes: number): void {
    const now = this.#flusher.now();
    this.#overSoftSince ??= now;
    if (isTooSlow({ bytes, overSoftForMs: now - this.#overSoftSince }, this.#limits.slow)) this.end("slow");
  }

  take(): readonly Frame[] {
    const frames = this.#queued;
    this.#queued = [];
    this.#queuedBytes = 0;
    return frames;
  }

  write(frame: Frame): void {
    this.#pressed = !this.#wire.send(frame);
  }

  /** Ends the connection for a cause of the table, or for `close` where an operator chose its own. Only the first call counts. */
  end(cause: CloseName, close: Close = closes[cause]): void {
    if (this.endedBy !== undefined) return;
    if (cause !== "slow") this.#flusher.flush(this);
    this.endedBy = cause;
    this.#queued = [];
    this.#queuedBytes = 0;
    this.#wire.close(close);
  }
}

/** The close that says what an error would say. */
function closeFor(error: ErrorName): CloseName {
  if (error === "tokenExpired" || error === "expired") return "expired";
  if (error === "tooManyRequests" || error === "permissionDenied") return error;
  return "internal";
}
