/** By which way an event came in: put on RabbitMQ by a foreign shop, through our producer, or through the server API. */
export type Way = "amqp" | "shop" | "api";

/** An event that somebody means to publish. Times are ms since 1970 of one clock. */
export interface Offer {
  readonly id: string;
  /** Where it must be seen; undefined for one that nobody can understand: it must be among the dead letters. */
  readonly channel: string | undefined;
  readonly way: Way;
  readonly at: number;
  readonly order?: { readonly subject: string; readonly version: number };
}

/** What one client's application noticed on one channel. */
export type ClientRecord = { readonly client: string; readonly channel: string; readonly at: number } & (
  | {
      readonly kind: "subscribed";
      readonly epoch: string;
      readonly offset: number;
      readonly wasRecovering: boolean;
      readonly recovered: boolean;
    }
  | { readonly kind: "seen"; readonly offset: number; readonly id: string }
);

/** Redis was ended at `at` and came back without its data, or without what it wrote last. */
export interface StoreLoss {
  readonly at: number;
  readonly outbox?: OutboxLoss;
}

/** What the producer's outbox, which is in Redis, may have lost with it. */
export interface OutboxLoss {
  /** Events in the outbox at `readAt`, right before Redis was ended. */
  readonly held: ReadonlySet<string>;
  readonly readAt: number;
  /** Events in the outbox when the data was copied that Redis came back with; none where it came back empty. */
  readonly copied: ReadonlySet<string>;
  /** Redis was not yet there again: who was answered before this had been written down before the end. */
  readonly downUntil: number;
}

/**
 * RabbitMQ was ended at `at` and came back without its data. A little before, at `countedAt`, its ingest queues held
 * `messages` events, in hand or waiting.
 */
export interface BrokerLoss {
  readonly at: number;
  readonly countedAt: number;
  readonly messages: number;
}

/** A stream as it stands at the end. */
export interface FinalStream {
  readonly channel: string;
  readonly epoch: string;
  readonly top: number;
  readonly entries: ReadonlyArray<{ readonly offset: number; readonly id: string }>;
}

/** Something that must not be. */
export interface Finding {
  readonly what: string;
  readonly event?: string;
  readonly client?: string;
  readonly channel?: string;
  readonly at?: number;
}
