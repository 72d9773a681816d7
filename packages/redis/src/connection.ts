import { Redis } from "ioredis";

/** The part of a log that a connection speaks to. */
export interface LogLike {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, with user, password and database where needed. */
  readonly url: string;
  /** The connection's name in Redis' client list. */
  readonly name: string;
  readonly log: LogLike;
  /** A command without an answer for so long rejects; it may have been carried out, ms. Default 2,000. */
  readonly commandTimeoutMs?: number;
  /** One attempt to connect, ms. Default 2,000. */
  readonly connectTimeoutMs?: number;
  /** The first connection must stand within this, ms. Default 15,000. */
  readonly startTimeoutMs?: number;
}

export const DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
export const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
export const DEFAULT_START_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 10_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;

/**
 * Opens a connection that fails fast: while Redis is away every command rejects at once, and none is repeated after a
 * reconnect. It reconnects for ever, after 50 ms to 2 s. Resolves when Redis is ready; rejects after `startTimeoutMs`.
 */
export async function openRedis(options: RedisConnectionOptions): Promise<Redis> {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    connectionName: options.name,
    commandTimeout: options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    connectTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => retryDelayMs(attempt, Math.random()),
  });
  const lastError = watch(redis, options.log);
  const startTimeoutMs = options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  const ready = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), startTimeoutMs);
    redis.once("ready", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  // A first attempt that fails is followed by others: the watch has its error.
  redis.connect().catch(() => undefined);
  if (await ready) return redis;
  redis.disconnect();
  const cause = lastError();
  throw new Error(
    `Redis at ${withoutPassword(options.url)} was not ready within ${startTimeoutMs} ms: ${cause?.message ?? "no answer"}`,
    { cause },
  );
}

/** Sends what waits, then closes for good; a Redis that does not answer is left. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === "ready") await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}

/** Whether a command sent now would reach Redis, as far as this side knows. */
export function stateOf(redis: Redis): "up" | "down" {
  return redis.status === "ready" ? "up" : "down";
}

/** Calls `callback` each time an opened connection stands again after it was lost. The returned function ends that. */
export function onUp(redis: Redis, callback: () => void): () => void {
  redis.on("ready", callback);
  return () => redis.off("ready", callback);
}

/** Full jitter under a bound that doubles from 50 ms to 2 s, so that a cluster does not come back in one beat. */
export function retryDelayMs(attempt: number, random: number): number {
  const bound = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 16));
  return Math.round(RETRY_MIN_MS + random * (bound - RETRY_MIN_MS));
}

/** Logs once per change of state, however often it retries; the returned function tells the last error. */
function watch(redis: Redis, log: LogLike): () => Error | undefined {
  let state: "new" | "up" | "down" = "new";
  let last: Error | undefined;
  redis.on("error", (error: Error) => {
    last = error;
    if (state === "new") log.warn({ err: error }, "redis does not answer yet");
    if (state === "new") state = "down";
  });
  redis.on("ready", () => {
    state = "up";
    log.info({}, "redis is up");
  });
  redis.on("close", () => {
    if (state === "up") log.warn({ err: last }, "redis is away");
    state = "down";
  });
  return () => last;
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return "(not a URL)";
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  return shown.href;
}
