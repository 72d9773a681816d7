import type { OrderStatus } from "@bellwire/events";
import type { NewPromo } from "../orders/promo.ts";

/** What an outbox entry tells, before it is an event. */
export type Fact =
  | {
      readonly kind: "order";
      readonly orderId: string;
      readonly customerId: string;
      readonly status: OrderStatus;
      readonly version: number;
      readonly at: string;
      readonly reason?: string;
    }
  | ({ readonly kind: "promo" } & NewPromo);

/** An entry; `entryId` grows from entry to entry and means nothing else. */
export interface OutboxEntry {
  readonly entryId: string;
  readonly fact: Fact;
}

/** The events that wait to be published, in the order in which they were written. */
export interface Outbox {
  /** The oldest entries, at most `limit`. */
  read(limit: number): Promise<readonly OutboxEntry[]>;
  /** Removes entries that the broker has confirmed. */
  remove(entryIds: readonly string[]): Promise<void>;
  length(): Promise<number>;
  /** The newest entry's id; undefined while the outbox is empty. */
  newest(): Promise<string | undefined>;
  /** Whether this entry and all older ones are gone. */
  isDrainedThrough(entryId: string): Promise<boolean>;
  /** Takes or renews the right to publish for `ttlMs`; false while another holder has it. */
  lease(holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the right back; nothing happens if another holder has it. */
  release(holder: string): Promise<void>;
}
