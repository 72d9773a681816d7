export {
  closeRedis,
  type LogLike,
  onUp,
  openRedis,
  type RedisConnectionOptions,
  stateOf,
} from "./connection.ts";
export { createPresence, type PresenceOptions } from "./presence.ts";
export { createReceipts, type ReceiptsOptions } from "./receipts.ts";
export { createRegistry, type RegistryOptions } from "./registry.ts";
export { createRulebook } from "./rulebook.ts";
export { createSessions, type SessionsOptions } from "./sessions.ts";
export { type AfterRestart, createStreams, type StreamsOptions } from "./streams.ts";
