/** Where this package tells what happened. Messages are constants, what varies is in the fields. */
export interface LogLike {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/**
 * - `published`, `confirmed`, `refused` (nack or unroutable), `timedOut`, `busy` (window full): AMQP messages of a publisher.
 * - `sent`, `received`, `unreadable`: records of the bus.
 * - `deadLettered`, `redelivered`, `postponed` ("not now"), `handedOver` (partitions given up): of the feed.
 * - `reconnected`, `blocked`: connections.
 */
export type AmqpCount =
  | "published"
  | "confirmed"
  | "refused"
  | "timedOut"
  | "busy"
  | "sent"
  | "received"
  | "unreadable"
  | "deadLettered"
  | "redelivered"
  | "postponed"
  | "handedOver"
  | "reconnected"
  | "blocked";

/** Told of every count as it happens; must not throw. */
export interface AmqpObserver {
  count(what: AmqpCount, amount: number): void;
}

/** Nobody looks. */
export const silentObserver: AmqpObserver = { count: () => undefined };
