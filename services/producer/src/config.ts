import { type Env, list, port, readEnv, whole } from "@bellwire/runtime";
import { z } from "zod";
import { DEFAULT_STORE_LIMITS } from "./store/order-store.ts";

/** The producer's configuration from the environment. Throws ConfigError with every bad variable by name. */
export function readProducerConfig(env: Env) {
  const read = readEnv(env, {
    BELLWIRE_PRODUCER_HOST: z.string().default("127.0.0.1"),
    BELLWIRE_PRODUCER_PORT: port(8010),
    BELLWIRE_PREFIX: z
      .string()
      .regex(/^[a-z0-9_-]{1,64}$/, "must be 1 to 64 characters out of a-z 0-9 _ -")
      .default("bellwire"),
    BELLWIRE_REDIS_URL: z.string().default("redis://127.0.0.1:6379"),
    BELLWIRE_AMQP_URL: list("amqp://127.0.0.1:5672"),
    BELLWIRE_SIMULATE: z.coerce.number().min(0).max(1_000).default(0),
    BELLWIRE_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    BELLWIRE_EVENT_SOURCE: z.string().min(1).max(256).default("bellwire-shop"),
    BELLWIRE_RELAY_WINDOW: whole(256, 1, 4_096),
    BELLWIRE_MAX_OUTBOX: whole(DEFAULT_STORE_LIMITS.maxOutbox, 1, 10_000_000),
    BELLWIRE_ORDERS_PER_CUSTOMER: whole(DEFAULT_STORE_LIMITS.ordersPerCustomer, 1, 1_000),
    BELLWIRE_MAX_CUSTOMERS: whole(DEFAULT_STORE_LIMITS.maxCustomers, 1, 10_000_000),
  });
  return {
    host: read.BELLWIRE_PRODUCER_HOST,
    port: read.BELLWIRE_PRODUCER_PORT,
    prefix: read.BELLWIRE_PREFIX,
    redisUrl: read.BELLWIRE_REDIS_URL,
    amqpUrls: read.BELLWIRE_AMQP_URL,
    /** Simulated events per second; 0 simulates nothing. */
    simulate: read.BELLWIRE_SIMULATE,
    logLevel: read.BELLWIRE_LOG_LEVEL,
    eventSource: read.BELLWIRE_EVENT_SOURCE,
    relayWindow: read.BELLWIRE_RELAY_WINDOW,
    limits: {
      maxOutbox: read.BELLWIRE_MAX_OUTBOX,
      ordersPerCustomer: read.BELLWIRE_ORDERS_PER_CUSTOMER,
      maxCustomers: read.BELLWIRE_MAX_CUSTOMERS,
    },
  } as const;
}
export type ProducerConfig = ReturnType<typeof readProducerConfig>;
