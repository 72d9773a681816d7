import type { Redis } from "ioredis";
import type { Stage } from "./stage/stage.ts";

/** The ids of all events in the producer's outbox. */
export async function waitingInOutbox(stage: Stage, redis: Redis): Promise<ReadonlySet<string>> {
  const entries = await redis.xrange(outboxKey(stage), "-", "+");
  return new Set(entries.map(([, fields]) => idOf(fields)));
}

export const outboxKey = ({ prefix }: Stage): string => `${prefix}:shop:{shop}:outbox`;

function idOf(fields: readonly string[]): string {
  const of = (name: string) => fields[fields.indexOf(name) + 1] ?? "";
  return of("kind") === "order" ? `${of("orderId")}.${of("version")}` : of("id");
}
