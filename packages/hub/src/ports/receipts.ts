import type { ChannelName } from "@bellwire/protocol";
import type { NodeId } from "./registry.ts";

/** One state of one subject of a channel, as an order's third step. */
export interface SubjectVersion {
  readonly channel: ChannelName;
  /** 1 to 128 characters. */
  readonly subject: string;
  readonly version: number;
}

/** Where and when a version was shown for the first time. */
export interface Showing {
  /** ms since 1970. */
  readonly at: number;
  readonly user: string;
  readonly client: string;
  readonly node: NodeId;
}

/** What is to be looked at: a version that was shown and not yet told of, or one whose time to be seen is over. */
export interface DueReceipt extends SubjectVersion {
  readonly why: "shown" | "deadline";
}

/**
 * What clients say they have shown, and what nobody has shown in time. Each call may be repeated without harm; times are
 * the store's own.
 */
export interface Receipts {
  /** The version should be seen within `withinMs`. Answers false where the store watches as many as it may. */
  expect(version: SubjectVersion, withinMs: number): Promise<boolean>;
  /**
   * Keeps the first showing of a version, for `keepMs` after the last one of its subject. `tellWithinMs`: it will be due
   * after so long unless it is settled before. `full`: of this subject as many versions are kept as may be.
   */
  shown(
    version: SubjectVersion,
    showing: Showing,
    keep: { readonly keepMs: number; readonly tellWithinMs?: number },
  ): Promise<"first" | "again" | "full">;
  /** The versions of a subject that were shown, in their order. */
  showings(channel: ChannelName, subject: string): Promise<ReadonlyMap<number, Showing>>;
  /** At most `limit` receipts that are due, the oldest first; nobody else is given them for `leaseMs`. */
  claim(limit: number, leaseMs: number): Promise<readonly DueReceipt[]>;
  /** Nothing is left to do about it. */
  settle(receipt: DueReceipt): Promise<void>;
}
