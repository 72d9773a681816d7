import type { RawEvent } from "@bellwire/hub";

/** An event that was set aside, as the dead-letter queue would show it. */
export interface DeadEvent {
  readonly event: RawEvent;
  readonly reason: string;
  readonly tries: number;
}
