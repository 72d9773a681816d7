import type { DueReceipt, EventSink, Receipts } from "@bellwire/hub";
import type { Log } from "@bellwire/runtime";
import { type Notice, shownNotice, unseenNotice } from "./notice.ts";

/** A showing that the node which took it has not told of after so long, ms, is told of by any node. */
export const UNTOLD_MS = 5_000;
/** What a node has claimed and not told of after so long, ms, any other may claim: longer than the broker may take to confirm. */
const LEASE_MS = 30_000;
const EVERY_MS = 1_000;
/** Claimed at once, and told of at once. */
const SLICE = 64;
/** Slices of one round; the next round goes on. */
const SLICES_PER_ROUND = 50;
/** Showings of this node that are being told of; more are left to the rounds. */
const MAX_TELLING = 256;

export interface TellerParts {
  readonly receipts: Receipts;
  readonly sink: EventSink;
  readonly log: Log;
  readonly now: () => number;
  readonly counted: (outcome: "shown" | "unseen" | "overtaken" | "failed") => void;
}

/**
 * Tells the shop what was shown and what nobody saw in time, each version once: one node claims it, tells the broker, and
 * settles it when the broker has confirmed. A node that dies in between leaves its claim to the others, which may tell the
 * same, with the same id, again.
 */
export class Teller {
  readonly #parts: TellerParts;
  #telling = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: TellerParts) {
    this.#parts = parts;
    this.#schedule();
  }

  /** Tells at once, if there are not too many; what fails is left to the rounds. */
  tellSoon(receipt: DueReceipt): void {
    if (this.#telling >= MAX_TELLING || this.#stopped) return;
    this.#telling += 1;
    void this.#tell(receipt).finally(() => {
      this.#telling -= 1;
    });
  }

  /** Begins no further round and waits for the one that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#tellDue().finally(() => this.#schedule());
    }, EVERY_MS);
  }

  async #tellDue(): Promise<void> {
    try {
      for (let slices = 0; slices < SLICES_PER_ROUND && !this.#stopped; slices += 1) {
        const due = await this.#parts.receipts.claim(SLICE, LEASE_MS);
        await Promise.all(due.map((receipt) => this.#tell(receipt)));
        if (due.length < SLICE) return;
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  async #tell(receipt: DueReceipt): Promise<void> {
    const { receipts, sink, counted } = this.#parts;
    try {
      const what = await this.#noticeOf(receipt);
      if (what.notice !== undefined) await sink.publish(what.notice);
      await receipts.settle(receipt);
      counted(what.outcome);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Whatever is not to be told any more is settled without a word: seen in time, or overtaken by what was seen. */
  async #noticeOf(
    receipt: DueReceipt,
  ): Promise<{ readonly outcome: "shown" | "unseen" | "overtaken"; readonly notice?: Notice }> {
    const { receipts, now } = this.#parts;
    const showings = await receipts.showings(receipt.channel, receipt.subject);
    const showing = showings.get(receipt.version);
    if (receipt.why === "shown")
      return showing === undefined
        ? { outcome: "overtaken" }
        : { outcome: "shown", notice: shownNotice(receipt, showing) };
    const isSeen = [...showings.keys()].some((version) => version >= receipt.version);
    return isSeen ? { outcome: "overtaken" } : { outcome: "unseen", notice: unseenNotice(receipt, now()) };
  }

  #failed(error: unknown): void {
    this.#parts.counted("failed");
    this.#parts.log.warn({ err: error }, "the shop was not told; it will be tried again");
  }
}
