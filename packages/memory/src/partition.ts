import { type Clock, type RawEvent, STUCK_MS } from "@bellwire/hub";
import type { DeadEvent } from "./dead-event.ts";
import { Fifo } from "./fifo.ts";
import type { Consumer } from "./spread.ts";

/** Events of one partition, handed over one at a time to whoever owns it at that moment. */
export class Partition {
  readonly #clock: Clock;
  readonly #retryMs: number;
  readonly #consumer: () => Consumer | undefined;
  readonly #setAside: (dead: DeadEvent) => void;
  readonly #queue = new Fifo<{ readonly event: Omit<RawEvent, "redelivered">; handed: boolean }>();
  #busy = false;
  #inHand: { readonly consumer: Consumer; readonly settled: Promise<void>; readonly since: number } | undefined;

  constructor(parts: {
    clock: Clock;
    retryMs: number;
    consumer: () => Consumer | undefined;
    setAside: (dead: DeadEvent) => void;
  }) {
    this.#clock = parts.clock;
    this.#retryMs = parts.retryMs;
    this.#consumer = parts.consumer;
    this.#setAside = parts.setAside;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Events that no consumer has in hand. */
  get unhanded(): number {
    return this.#queue.size - (this.#inHand === undefined ? 0 : 1);
  }

  /** `consumer` has had an event of this partition in hand for a while, and more stand behind it. */
  isStuckAt(consumer: Consumer): boolean {
    if (this.#inHand?.consumer !== consumer || this.unhanded === 0) return false;
    return this.#clock.now() - this.#inHand.since >= STUCK_MS;
  }

  push(event: Omit<RawEvent, "redelivered">): void {
    this.#queue.push({ event, handed: false });
    this.wake();
  }

  /** Goes on, unless an event is in hand or a pause runs. */
  wake(): void {
    if (this.#busy || this.#queue.size === 0 || this.#consumer() === undefined) return;
    this.#busy = true;
    this.#clock.soon(() => this.#handOver());
  }

  /** Resolves when `consumer` has nothing of this partition in hand. */
  async release(consumer: Consumer): Promise<void> {
    if (this.#inHand?.consumer === consumer) await this.#inHand.settled;
  }

  #handOver(): void {
    const consumer = this.#consumer();
    const head = this.#queue.first;
    if (consumer === undefined || head === undefined) {
      this.#busy = false;
      return;
    }
    const event = { ...head.event, body: head.event.body.slice(), redelivered: head.handed };
    head.handed = true;
    this.#inHand = { consumer, settled: this.#settle(consumer, event), since: this.#clock.now() };
  }

  async #settle(consumer: Consumer, event: RawEvent): Promise<void> {
    // Not now: the event stays the first, and is handed over again after a pause.
    const outcome = await consumer.handle(event).catch(() => undefined);
    this.#inHand = undefined;
    if (outcome !== undefined) this.#queue.shift();
    if (outcome?.kind === "dead") this.#setAside({ event, reason: outcome.reason, tries: outcome.tries ?? 1 });
    const goOn = () => {
      this.#busy = false;
      this.wake();
    };
    if (outcome === undefined) this.#clock.after(this.#retryMs, goOn);
    else goOn();
  }
}
