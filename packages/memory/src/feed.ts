import type { Clock, EventConsumption, EventFeed, EventSink, RawEvent } from "@bellwire/hub";
import type { DeadEvent } from "./dead-event.ts";
import { Partition } from "./partition.ts";
import { type Consumer, hash, ownerOf } from "./spread.ts";

/** The feed holds as many events as it may and takes no more: the publisher's outbox waits. */
export class FeedFull extends Error {
  override readonly name = "FeedFull";
  readonly outage = true;
}

export interface FeedOptions {
  readonly clock: Clock;
  /** Events keep their order within one of so many partitions. */
  readonly partitions: number;
  /** Events waiting in all partitions together; a publish beyond rejects. */
  readonly maxQueued: number;
  /** Dead events kept, the newest. */
  readonly maxDead: number;
  /** The pause before an event is handed over again after "not now", ms. */
  readonly retryMs: number;
}

const encoder = new TextEncoder();

/** The shop's events in memory: one at a time per partition, in order, until the handler settles them. */
export class MemoryFeed implements EventFeed, EventSink {
  readonly #options: FeedOptions;
  readonly #partitions: readonly Partition[];
  readonly #consumers = new Set<Consumer>();
  readonly #dead: DeadEvent[] = [];

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#partitions = Array.from(
      { length: options.partitions },
      (_, index) =>
        new Partition({
          clock: options.clock,
          retryMs: options.retryMs,
          consumer: () => ownerOf(index, [...this.#consumers]),
          setAside: (dead) => this.#setAside(dead),
        }),
    );
  }

  /** Events not yet settled. */
  get waiting(): number {
    return this.#partitions.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** The newest events that were set aside, oldest first. */
  get dead(): readonly DeadEvent[] {
    return this.#dead;
  }

  publish: EventSink["publish"] = ({ routingKey, body, headers = {} }) =>
    this.offer({ routingKey, contentType: "application/cloudevents+json", headers, body: encoder.encode(body) });

  /** Takes any bytes, as a broker does from any client. Rejects with FeedFull. */
  async offer(event: Omit<RawEvent, "redelivered">): Promise<void> {
    if (this.waiting >= this.#options.maxQueued)
      throw new FeedFull(`the memory feed holds ${this.#options.maxQueued} events and takes no more`);
    const headers = structuredClone(event.headers);
    const index = hash(event.routingKey) % this.#partitions.length;
    this.#partitions[index]?.push({ ...event, headers, body: event.body.slice() });
  }

  consume: EventFeed["consume"] = async (consumer): Promise<EventConsumption> => {
    this.#consumers.add(consumer);
    this.#wake();
    return {
      rebalance: () => this.#wake(),
      backlog: async () => this.#partitions.map(({ unhanded }) => unhanded),
      isStuck: () => this.#partitions.some((partition) => partition.isStuckAt(consumer)),
      stop: async () => {
        this.#consumers.delete(consumer);
        await Promise.all(this.#partitions.map((partition) => partition.release(consumer)));
        this.#wake();
      },
    };
  };

  #wake(): void {
    for (const partition of this.#partitions) partition.wake();
  }

  #setAside(dead: DeadEvent): void {
    this.#dead.push(dead);
    if (this.#dead.length > this.#options.maxDead) this.#dead.shift();
  }
}
