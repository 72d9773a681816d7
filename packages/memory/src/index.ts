export { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from "./cluster.ts";
export { StoreFull } from "./expiring.ts";
export { FeedFull } from "./feed.ts";
export { StoreAway } from "./gate.ts";
export { createLossyBus, type Mischief } from "./lossy-bus.ts";
export { MemoryRulebook } from "./rulebook.ts";
export { systemClock } from "./system-clock.ts";
