import type { NodeId } from "./registry.ts";

/** An event as it came from the shop, not yet understood. */
export interface RawEvent {
  readonly routingKey: string;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  /** True when the broker has delivered it before. */
  readonly redelivered: boolean;
}

/** What became of an event: done, or to be set aside with the reason and how often it was tried (1 where not said). */
export type EventOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "dead"; readonly reason: string; readonly tries?: number };

/**
 * The shop's events, in order within an order id. An event is settled only after the handler's promise: a rejection
 * means "not now", and the same event is handed over again after a pause, before any later one of its partition is settled.
 */
export interface EventFeed {
  /** Begins to consume as `node`; the partitions are spread over the nodes that `roster` names. */
  consume(options: {
    readonly node: NodeId;
    readonly roster: () => readonly NodeId[];
    readonly handle: (event: RawEvent) => Promise<EventOutcome>;
  }): Promise<EventConsumption>;
}

/** A partition is stuck when nothing was handed out for so long though more stands in it, ms. */
export const STUCK_MS = 2_000;

export interface EventConsumption {
  /** Tells that the roster may have changed. */
  rebalance(): void;
  /** How many events stand in each partition that no node has in hand. Rejects when the broker cannot be asked. */
  backlog(): Promise<readonly number[]>;
  /**
   * A partition of this node has as much in hand as it may, and has been handed nothing more for `STUCK_MS`: the rest of it
   * comes only after something in hand is settled, so who waits in there for the rest waits in vain.
   */
  isStuck(): boolean;
  /** Takes no more, lets what is in hand finish, gives the rest back. */
  stop(): Promise<void>;
}

/** Puts shop events on the broker. Resolves once it has confirmed: from then on the event is accepted. */
export interface EventSink {
  publish(event: {
    readonly routingKey: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<void>;
}
