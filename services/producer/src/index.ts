export { type ProducerConfig, readProducerConfig } from "./config.ts";
export { type ProducerParts, type ProducerSink, startProducer } from "./producer.ts";
export { type ExpectedEvent, expectedEvents } from "./replay/expected-events.ts";
export { createMemoryOrderStore } from "./store/memory-order-store.ts";
export type { Advance, OrderStore, StoreLimits } from "./store/order-store.ts";
export { createRedisOrderStore } from "./store/redis-order-store.ts";
