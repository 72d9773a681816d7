import { eventIdOf } from "../orders/order.ts";
import type { RecordedStep } from "../orders/shop.ts";
import type { HistoryStep } from "./history.ts";
import { HistoryReader } from "./history-reader.ts";

/** What a customer must see of one step of the file. */
export interface ExpectedEvent extends RecordedStep {
  readonly id: string;
}

/** The events that a replay of this file publishes, in file order; bad rows make none. Throws UnreadableFileError. */
export function expectedEvents(csv: string): readonly ExpectedEvent[] {
  const reader = new HistoryReader();
  const events = csv
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((text, index) => {
      const read = reader.read({ number: index + 1, text });
      return read?.ok ? read.value.steps : [];
    })
    .map((step) => ({ id: eventIdOf(step.orderId, step.version), ...recordedStep(step) }));
  reader.end();
  return events;
}

/** A step as it travels: the original time becomes ISO 8601. */
export function recordedStep({ line: _, time, ...step }: HistoryStep): RecordedStep {
  return { ...step, at: new Date(time).toISOString() };
}
