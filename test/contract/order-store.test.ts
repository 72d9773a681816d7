import { randomUUID } from "node:crypto";
import { createMemoryOrderStore, createRedisOrderStore } from "@bellwire/producer";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { describeOrderStoreContract } from "./order-store.contract.ts";

describeOrderStoreContract("memory", async (limits) => ({
  store: createMemoryOrderStore(limits),
  [Symbol.asyncDispose]: async () => undefined,
}));

for (const backend of inject("backends")) {
  describeOrderStoreContract(backend.name, async (limits) => {
    const redis = new Redis(backend.redisUrl, { enableAutoPipelining: true });
    return {
      store: createRedisOrderStore(redis, { prefix: `test-${randomUUID()}`, ...limits }),
      [Symbol.asyncDispose]: async () => redis.disconnect(),
    };
  });
}
