export { ConfigError, type Env, flag, list, port, readEnv, whole } from "./config.ts";
export { DEV_API_KEY, DEV_TOKEN_SECRET, isDevelopment, refuseDevCredentials } from "./credentials.ts";
export { createLog, type Log } from "./log.ts";
export { Counter, createMetrics, Gauge, Histogram, Metrics } from "./metrics.ts";
export { createOps, type Readiness } from "./ops.ts";
export { type RunningService, run } from "./run.ts";
