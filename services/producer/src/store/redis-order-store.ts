import type { Redis } from "ioredis";
import { z } from "zod";
import type { CustomerSummary } from "../orders/customer.ts";
import { predecessors } from "../orders/lifecycle.ts";
import { Item, Order, OrderStep } from "../orders/order.ts";
import type { NewPromo } from "../orders/promo.ts";
import { LuaScript } from "./lua-script.ts";
import type { Advance, Advanced, OrderStore, StoreLimits } from "./order-store.ts";
import { DEFAULT_STORE_LIMITS } from "./order-store.ts";
import { pairs, RedisOutbox } from "./redis-outbox.ts";
import { REPLAY_MEMORY_MS, type ReplayLog, ReplayState } from "./replay-log.ts";
import { type ShopKeys, shopKeys } from "./shop-keys.ts";

const advance = new LuaScript("advance.lua");
const promote = new LuaScript("promote.lua");

const PROMO_MEMORY_MS = 3_600_000;

/** The shop's state in Redis 7.0 or newer, under `${prefix}:shop:{shop}:`. */
export function createRedisOrderStore(
  redis: Redis,
  options: { readonly prefix: string } & Partial<StoreLimits>,
): OrderStore {
  return new RedisOrderStore(redis, shopKeys(options.prefix), { ...DEFAULT_STORE_LIMITS, ...options });
}

class RedisOrderStore implements OrderStore {
  readonly outbox: RedisOutbox;
  readonly replays: ReplayLog;
  readonly #redis: Redis;
  readonly #keys: ShopKeys;
  readonly #limits: StoreLimits;

  constructor(redis: Redis, keys: ShopKeys, limits: StoreLimits) {
    this.outbox = new RedisOutbox(redis, keys);
    this.replays = replayLog(redis, keys);
    this.#redis = redis;
    this.#keys = keys;
    this.#limits = limits;
  }

  async advance(step: Advance): Promise<Advanced> {
    const keys = this.#keys;
    const reply = await advance.run(
      this.#redis,
      [
        keys.order(step.orderId),
        keys.ordersOf(step.customerId ?? ""),
        keys.customers,
        keys.outbox,
        keys.counter,
        keys.people,
      ],
      [
        step.orderId,
        step.customerId ?? "",
        step.status,
        `,${predecessors(step.status, step.rules).join(",")},`,
        step.version ?? "",
        step.at,
        step.reason ?? "",
        step.token,
        JSON.stringify(step.items ?? []),
        this.#limits.maxOutbox,
        this.#limits.ordersPerCustomer,
        this.#limits.maxCustomers,
        keys.base,
        step.customer?.name ?? "",
        step.customer?.segment ?? "",
      ],
    );
    const [kind, ...fields] = AdvanceReply.parse(reply);
    return advancedOf(kind, orderOf(step.orderId, Object.fromEntries(pairs(fields))));
  }

  async promote(promo: NewPromo): Promise<"added" | "repeated" | "full"> {
    const { id, segment, title, body, at } = promo;
    const keys = [this.#keys.promo(id), this.#keys.outbox];
    const args = [this.#limits.maxOutbox, PROMO_MEMORY_MS, id, segment, title, body, at];
    return z.enum(["added", "repeated", "full"]).parse(await promote.run(this.#redis, keys, args));
  }

  async order(orderId: string): Promise<Order | undefined> {
    return orderOf(orderId, await this.#redis.hgetall(this.#keys.order(orderId)));
  }

  async customers(limit: number): Promise<readonly CustomerSummary[]> {
    const ids = await this.#redis.zrevrange(this.#keys.customers, 0, limit - 1);
    const summaries = ids.map(async (customerId) => {
      const [orders, [name, segment]] = await Promise.all([
        this.#redis.zcard(this.#keys.ordersOf(customerId)),
        this.#redis.hmget(this.#keys.people, `name:${customerId}`, `segment:${customerId}`),
      ]);
      return { customerId, ...(name == null ? {} : { name }), ...(segment == null ? {} : { segment }), orders };
    });
    return Promise.all(summaries);
  }

  async ordersOf(customerId: string, limit: number): Promise<readonly Order[]> {
    const ids = await this.#redis.zrevrange(this.#keys.ordersOf(customerId), 0, limit - 1);
    const orders = await Promise.all(ids.map((id) => this.order(id)));
    return orders.filter((order) => order !== undefined);
  }
}

const AdvanceReply = z.tuple([z.enum(["applied", "repeated", "illegal", "unknown", "taken", "full"])], z.string());

function advancedOf(kind: Advanced["kind"], order: Order | undefined): Advanced {
  switch (kind) {
    case "applied":
    case "repeated":
      if (order === undefined) throw new Error(`the store answered ${kind} without an order`);
      return { kind, order };
    case "illegal":
      return order === undefined ? { kind } : { kind, order };
    default:
      return { kind };
  }
}

const Json = z.string().transform((text): unknown => JSON.parse(text));
const StoredStep = Json.pipe(OrderStep.omit({ version: true }));
const StoredItems = Json.pipe(z.array(Item));

function orderOf(orderId: string, fields: Readonly<Record<string, string>>): Order | undefined {
  if (fields.customerId === undefined) return undefined;
  const steps = Object.entries(fields)
    .filter(([name]) => name.startsWith("step:"))
    .map(([name, stored]) => ({ version: Number(name.slice("step:".length)), ...StoredStep.parse(stored) }))
    .sort((a, b) => a.version - b.version);
  return Order.parse({
    orderId,
    customerId: fields.customerId,
    status: fields.status,
    version: Number(fields.version),
    items: StoredItems.parse(fields.items),
    steps,
  });
}

function replayLog(redis: Redis, keys: ShopKeys): ReplayLog {
  return {
    async load(replayId) {
      const stored = await redis.get(keys.replay(replayId));
      return stored === null ? undefined : Json.pipe(ReplayState).parse(stored);
    },
    async save(replayId, state) {
      await redis.set(keys.replay(replayId), JSON.stringify(state), "PX", REPLAY_MEMORY_MS);
    },
  };
}
