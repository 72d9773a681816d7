import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { createMemoryOrderStore, createRedisOrderStore } from "../../services/producer/src/index.ts";
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
