import { STUCK_MS } from "@bellwire/hub";
import type { Channel, ConsumeMessage } from "amqplib";
import type { Link } from "./connection.ts";
import { asError, DisconnectedError } from "./errors.ts";
import { closeChannel, KeptChannel } from "./kept-channel.ts";
import type { Lane } from "./lane.ts";
import type { LogLike } from "./observe.ts";
import { pause, within } from "./pause.ts";

/** How a node stands to a partition: it consumes it, waits behind the one who does, or leaves it alone. */
export type Role = "first" | "standby" | "none";

export interface HandoverTimes {
  /** How long a standby lets the first choice subscribe before it. */
  readonly standbyDelayMs: number;
  /** How long what runs may take to settle when a partition is given up. */
  readonly settleMs: number;
  /** A standby that receives for longer than this steps back. */
  readonly standInMs: number;
  /** It steps back at most this often; twice as long after each time, up to the cap, until its role changes. */
  readonly stepBackEveryMs: number;
  readonly stepBackCapMs: number;
}

export const DEFAULT_HANDOVER: HandoverTimes = {
  standbyDelayMs: 1_500,
  settleMs: 5_000,
  standInMs: 3_000,
  stepBackEveryMs: 5_000,
  stepBackCapMs: 60_000,
};

export interface PartitionOptions {
  readonly queue: string;
  readonly link: Link;
  readonly log: LogLike;
  readonly times: HandoverTimes;
  readonly prefetch: number;
  /** Declares the queue, in case it was deleted; it knows the arguments. */
  declare(channel: Channel): Promise<void>;
  /** The lane for the deliveries of a fresh channel. */
  createLane(channel: Channel): Lane<ConsumeMessage>;
  onGivenUp(): void;
}

/**
 * One partition as one node sees it. It is given up by closing the channel, never by cancelling the consumer: only so
 * does the queue take back what was in hand, at its head and in order, before the next consumer becomes active.
 */
export class Partition {
  readonly #options: PartitionOptions;
  #role: Role = "none";
  #roleChanged = new AbortController();
  #subscribedAs: "first" | "standby" | undefined;
  #kept: KeptChannel<Channel> | undefined;
  #lane: Lane<ConsumeMessage> | undefined;
  #givingUp = false;
  #stepBackDue = false;
  #standingInSince: number | undefined;
  #steppedBackAt = Number.NEGATIVE_INFINITY;
  #stepsBack = 0;
  #converging: Promise<void> | undefined;

  constructor(options: PartitionOptions) {
    this.#options = options;
  }

  /** All that may be in hand is, and nothing moves. */
  get isStuck(): boolean {
    return this.#lane?.isStuck(this.#options.prefetch, STUCK_MS) === true;
  }

  /** Resolves when the partition is as `role` wants it, the latest wish winning; a subscription may still be opening. */
  assign(role: Role): Promise<void> {
    if (role !== this.#role) {
      this.#role = role;
      this.#standingInSince = undefined;
      this.#stepsBack = 0;
      this.#roleChanged.abort();
      this.#roleChanged = new AbortController();
    }
    return this.#converge();
  }

  #converge(): Promise<void> {
    if (this.#converging === undefined && !this.#isUnsettled()) return Promise.resolve();
    this.#converging ??= this.#steps();
    return this.#converging;
  }

  /** At least one step: its await lets `#converging` be set before it is cleared. */
  async #steps(): Promise<void> {
    try {
      while (this.#isUnsettled()) await this.#step();
    } finally {
      this.#converging = undefined; // same tick as the last check, so no wish falls between
    }
  }

  #isUnsettled(): boolean {
    return (this.#subscribedAs ?? "none") !== this.#role || this.#stepBackDue;
  }

  async #step(): Promise<void> {
    const stepBack = this.#stepBackDue;
    this.#stepBackDue = false;
    if (this.#subscribedAs === undefined) return this.#join();
    if (this.#role === "first")
      this.#subscribedAs = "first"; // already in the line; whoever is before will leave it
    else if (this.#role !== this.#subscribedAs) await this.#giveUp();
    else if (stepBack) await this.#stepBack();
  }

  async #join(): Promise<void> {
    if (this.#role === "standby") await pause(this.#options.times.standbyDelayMs, this.#roleChanged.signal);
    if (this.#role !== "none") this.#subscribe(this.#role);
  }

  /** Leaves the head of the line to whoever is behind, and joins it again at its end. */
  async #stepBack(): Promise<void> {
    await this.#giveUp();
    if (this.#role === "standby") this.#subscribe("standby");
  }

  #subscribe(as: "first" | "standby"): void {
    const { queue, link, log } = this.#options;
    this.#subscribedAs = as;
    this.#givingUp = false;
    let lane: Lane<ConsumeMessage> | undefined; // a closed subscription's last channel may end while the next has its own
    this.#kept = new KeptChannel<Channel>({
      link,
      log,
      purpose: `ingest ${queue}`,
      create: (model) => model.createChannel(),
      ready: async (channel, _opened, closing) => {
        await this.#prepare(channel);
        if (this.#givingUp || closing.aborted) throw new DisconnectedError("given up meanwhile");
        lane = this.#options.createLane(channel);
        this.#lane = lane;
        await this.#consume(channel, lane);
      },
      lost: () => {
        lane?.abandon();
        if (this.#lane === lane) this.#lane = undefined;
      },
    });
    this.#kept.opened().catch(() => undefined); // closed before it opened: asked for by giving up
  }

  /** Declares the queue too, in case it was deleted. */
  async #prepare(channel: Channel): Promise<void> {
    await this.#options.declare(channel);
    await channel.prefetch(this.#options.prefetch, false);
  }

  async #consume(channel: Channel, lane: Lane<ConsumeMessage>): Promise<void> {
    await channel.consume(this.#options.queue, (message) => {
      if (message === null) {
        void closeChannel(channel); // cancelled by the broker: begin anew
        return;
      }
      lane.deliver(message);
      if (this.#subscribedAs === "standby") this.#noticeStandIn(performance.now());
    });
  }

  /**
   * Not while the lane is held up: another could do no better, and every return counts against the delivery limit.
   * For the same reason ever more rarely while it is in vain: the broker does not tell who else is in the line.
   */
  #noticeStandIn(now: number): void {
    this.#standingInSince ??= now;
    const { standInMs, stepBackEveryMs, stepBackCapMs } = this.#options.times;
    const everyMs = Math.min(stepBackCapMs, stepBackEveryMs * 2 ** Math.min(this.#stepsBack, 30));
    if (now - this.#standingInSince < standInMs || now - this.#steppedBackAt < everyMs) return;
    if (this.#role !== "standby" || this.#givingUp || this.#lane?.holding === true) return;
    this.#steppedBackAt = now;
    this.#stepsBack += 1;
    this.#standingInSince = undefined;
    this.#stepBackDue = true;
    this.#converge().catch((error: unknown) => {
      throw asError(error); // a bug: nothing in there rejects
    });
  }

  async #giveUp(): Promise<void> {
    const { times, log, queue } = this.#options;
    this.#givingUp = true;
    if (this.#lane !== undefined && !(await within(times.settleMs, this.#lane.stop())))
      log.warn({ queue, settleMs: times.settleMs }, "partition given up with events still in work");
    await this.#kept?.close();
    this.#kept = undefined;
    this.#subscribedAs = undefined;
    this.#standingInSince = undefined;
    this.#options.onGivenUp();
  }
}
