import { type Env, flag, list, port, readEnv, refuseDevCredentials, whole } from "@bellwire/runtime";
import { z } from "zod";

/** Everything the storefront is told from outside, checked. */
export interface StorefrontConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly shopName: string;
  readonly token: { readonly secret: string; readonly ttlSeconds: number };
  readonly producer: ProducerConfig;
  readonly push: PushConfig;
}

export interface ProducerConfig {
  readonly url: string;
  /** Headers and body of an answer must have arrived within this, ms. */
  readonly timeoutMs: number;
  /** A longer answer is refused. */
  readonly maxBodyBytes: number;
  /** More requests at once are refused with 503. */
  readonly maxInFlight: number;
}

export interface PushConfig {
  /** WebSocket addresses in the order of trial; empty: the page takes the host it was loaded from, and `port`. */
  readonly urls: readonly string[];
  readonly port: number;
  /** Whether the page asks the balancer for a node before each connect. */
  readonly negotiate: boolean;
}

/** Reads the environment; throws ConfigError that names every bad variable. */
export function readStorefrontConfig(env: Env): StorefrontConfig {
  const read = readEnv(env, {
    BELLWIRE_STOREFRONT_HOST: z.string().default("0.0.0.0"),
    BELLWIRE_STOREFRONT_PORT: port(8020),
    BELLWIRE_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    BELLWIRE_SHOP_NAME: z.string().max(40).default("Lumen & Oak"),
    BELLWIRE_TOKEN_SECRET: z.string("must be set").min(1),
    BELLWIRE_TOKEN_TTL_SECONDS: whole(600, 10, 86_400),
    BELLWIRE_PRODUCER_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:8010"),
    BELLWIRE_PRODUCER_TIMEOUT_MS: whole(5_000, 100, 60_000),
    BELLWIRE_PRODUCER_MAX_BODY_BYTES: whole(4_194_304, 1_024, 67_108_864),
    BELLWIRE_PRODUCER_MAX_IN_FLIGHT: whole(64, 1, 4_096),
    BELLWIRE_PUBLIC_URL: list("").pipe(z.array(z.url({ protocol: /^wss?$/ })).max(8)),
    BELLWIRE_PUBLIC_PORT: port(8000),
    BELLWIRE_STOREFRONT_NEGOTIATE: flag(false),
  });
  refuseDevCredentials(env);
  return {
    host: read.BELLWIRE_STOREFRONT_HOST,
    port: read.BELLWIRE_STOREFRONT_PORT,
    logLevel: read.BELLWIRE_LOG_LEVEL,
    shopName: read.BELLWIRE_SHOP_NAME,
    token: { secret: read.BELLWIRE_TOKEN_SECRET, ttlSeconds: read.BELLWIRE_TOKEN_TTL_SECONDS },
    producer: {
      url: read.BELLWIRE_PRODUCER_URL.replace(/\/+$/, ""),
      timeoutMs: read.BELLWIRE_PRODUCER_TIMEOUT_MS,
      maxBodyBytes: read.BELLWIRE_PRODUCER_MAX_BODY_BYTES,
      maxInFlight: read.BELLWIRE_PRODUCER_MAX_IN_FLIGHT,
    },
    push: {
      urls: read.BELLWIRE_PUBLIC_URL,
      port: read.BELLWIRE_PUBLIC_PORT,
      negotiate: read.BELLWIRE_STOREFRONT_NEGOTIATE,
    },
  };
}
