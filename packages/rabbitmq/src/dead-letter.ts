import { createHash } from "node:crypto";
import type { GetMessage } from "amqplib";

const ID_LENGTH = 12;

/** An event that was set aside. */
export interface DeadLetter {
  /** The same at every look. */
  readonly id: string;
  /** When it was set aside, ISO 8601; "" where the broker itself did it before it kept times. */
  readonly at: string;
  readonly reason: string;
  readonly routingKey: string;
  readonly queue: string;
  readonly tries: number;
  /** How often it was replayed and died again. */
  readonly replayed: number;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** The header that counts replays. */
export const REPLAYED = "x-bellwire-replayed";
/** What was written on the envelope when the event was set aside; all else is the shop's. */
const OURS = /^x-(bellwire-.*|death|(first|last)-death-.*|delivery-count|acquired-count)$/;

/** Reads a message of the dead queue. */
export function letterOf({ fields, properties, content }: GetMessage): DeadLetter {
  const all: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const text = (name: string): string | undefined => (typeof all[name] === "string" ? all[name] : undefined);
  const death = deathOf(all["x-death"]);
  const at = text("x-bellwire-at") ?? death.at;
  const routingKey = text("x-bellwire-routing-key") ?? death.routingKey ?? fields.routingKey;
  const queue = text("x-bellwire-queue") ?? death.queue;
  const hash = createHash("sha256").update(content).update(`\0${routingKey}\0${queue}\0${at}`);
  return {
    ...{ id: hash.digest("hex").slice(0, ID_LENGTH), at, routingKey, queue, body: content },
    reason: text("x-bellwire-reason") ?? `set aside by the broker: ${death.reason}`,
    tries: countOf(all["x-bellwire-tries"]) ?? death.count,
    replayed: countOf(all[REPLAYED]) ?? 0,
    contentType: typeof properties.contentType === "string" ? properties.contentType : undefined,
    headers: Object.fromEntries(Object.entries(all).filter(([name]) => !OURS.test(name))),
  };
}

/** The broker's own note on an event that it dead-lettered itself. */
function deathOf(header: unknown) {
  const [first] = Array.isArray(header) ? (header as ReadonlyArray<Readonly<Record<string, unknown>>>) : [];
  const [routingKey] = Array.isArray(first?.["routing-keys"]) ? (first["routing-keys"] as unknown[]) : [];
  const time = first?.time as { readonly value?: number } | undefined;
  return {
    reason: typeof first?.reason === "string" ? first.reason : "unknown",
    queue: typeof first?.queue === "string" ? first.queue : "",
    routingKey: typeof routingKey === "string" ? routingKey : undefined,
    at: time?.value === undefined ? "" : new Date(time.value * 1_000).toISOString(),
    count: countOf(first?.count) ?? 1,
  };
}

const countOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
