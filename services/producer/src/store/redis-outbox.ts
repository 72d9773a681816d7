import { OrderStatus } from "@bellwire/events";
import type { Redis } from "ioredis";
import { z } from "zod";
import { LuaScript } from "./lua-script.ts";
import type { Fact, Outbox, OutboxEntry } from "./outbox.ts";
import type { ShopKeys } from "./shop-keys.ts";

const lease = new LuaScript("lease.lua");

/** The outbox as a Redis stream: entries go in by the scripts that change an order, and out once they are confirmed. */
export class RedisOutbox implements Outbox {
  readonly #redis: Redis;
  readonly #keys: ShopKeys;

  constructor(redis: Redis, keys: ShopKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async read(limit: number): Promise<readonly OutboxEntry[]> {
    const entries = await this.#redis.xrange(this.#keys.outbox, "-", "+", "COUNT", limit);
    return entries.map(([entryId, fields]) => ({ entryId, fact: factOf(fields) }));
  }

  async remove(entryIds: readonly string[]): Promise<void> {
    if (entryIds.length > 0) await this.#redis.xdel(this.#keys.outbox, ...entryIds);
  }

  length(): Promise<number> {
    return this.#redis.xlen(this.#keys.outbox);
  }

  async newest(): Promise<string | undefined> {
    const [entry] = await this.#redis.xrevrange(this.#keys.outbox, "+", "-", "COUNT", 1);
    return entry?.[0];
  }

  async isDrainedThrough(entryId: string): Promise<boolean> {
    const older = await this.#redis.xrange(this.#keys.outbox, "-", entryId, "COUNT", 1);
    return older.length === 0;
  }

  async lease(holder: string, ttlMs: number): Promise<boolean> {
    return (await lease.run(this.#redis, [this.#keys.lease], [holder, ttlMs])) === 1;
  }

  async release(holder: string): Promise<void> {
    await lease.run(this.#redis, [this.#keys.lease], [holder, 0]);
  }
}

const text = z.string();
const OrderFact = z.object({
  kind: z.literal("order"),
  orderId: text,
  customerId: text,
  status: OrderStatus,
  version: z.coerce.number(),
  at: text,
  reason: text,
});
const PromoFact = z.object({ kind: z.literal("promo"), id: text, segment: text, title: text, body: text, at: text });
const StoredFact = z.discriminatedUnion("kind", [OrderFact, PromoFact]);

function factOf(fields: readonly string[]): Fact {
  const fact = StoredFact.parse(Object.fromEntries(pairs(fields)));
  if (fact.kind === "promo") return fact;
  const { reason, ...order } = fact;
  return reason === "" ? order : { ...order, reason };
}

/** A flat Redis reply `[name, value, …]` as pairs. */
export function* pairs(flat: readonly string[]): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < flat.length; index += 2) yield [flat[index] ?? "", flat[index + 1] ?? ""];
}
