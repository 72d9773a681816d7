import { hostname, networkInterfaces } from "node:os";
import type { AfterRestart } from "@bellwire/redis";
import { ConfigError, type Env, flag, list, port, readEnv, refuseDevCredentials, whole } from "@bellwire/runtime";
import { z } from "zod";
import { AllowedOrigin, MAX_ALLOWED_ORIGINS } from "../transports/origins.ts";
import { ApiKey, type NodeSettings, readSettings } from "./settings.ts";
import { refuseInsecure, tokensWithEnv as withEnv } from "./token-env.ts";

export interface NodeConfig extends NodeSettings {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly opsPort: number;
  /** The host under which balancers reach this node; absent: the one it listens on. */
  readonly advertise: string;
  /** Where clients that have negotiated reach this node; absent: only through a balancer. */
  readonly publicUrl: string | undefined;
  readonly tickets: { readonly secret: string; readonly required: boolean };
  readonly apiKeys: readonly [string, ...string[]];
  readonly prefix: string;
  /** What becomes of the streams of before when Redis begins a new run. */
  readonly afterRedisRestart: AfterRestart;
  readonly maxConnections: number;
  /** How often an event whose handling fails is tried before it is set aside. */
  readonly eventTries: number;
  readonly probe: { readonly intervalMs: number; readonly staleMs: number };
  /** A node that is cut off for so long while others are not hands its clients over, ms. */
  readonly deafMs: number;
  readonly drain: {
    readonly batch: number;
    readonly pauseMs: number;
    readonly noticeMs: number;
    readonly deadlineMs: number;
  };
}

/** Reads a node's configuration; throws ConfigError naming what is wrong. */
export function readNodeConfig(env: Env): NodeConfig {
  const read = readEnv(env, {
    BELLWIRE_NODE_ID: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, _ . or -")
      .default(
        `${hostname()
          .replace(/[^A-Za-z0-9_.-]/g, "-")
          .slice(0, 40)}-${Math.random().toString(36).slice(2, 8)}`,
      ),
    BELLWIRE_NODE_HOST: z.string().default("127.0.0.1"),
    BELLWIRE_NODE_PORT: port(8101),
    BELLWIRE_NODE_OPS_PORT: port(8201),
    BELLWIRE_NODE_ADVERTISE: z.string().optional(),
    BELLWIRE_TOKEN_SECRET: z
      .string()
      .min(8)
      .max(1_024)
      .refine((secret) => !secret.includes("-----BEGIN"), "is a PEM key: set BELLWIRE_TOKEN_PUBLIC_KEY instead")
      .optional(),
    BELLWIRE_TOKEN_PUBLIC_KEY: z.string().optional(),
    BELLWIRE_TOKEN_JWKS_URL: z.string().optional(),
    BELLWIRE_TOKEN_AUDIENCES: list(""),
    BELLWIRE_TOKEN_ISSUERS: list(""),
    BELLWIRE_ALLOW_ANONYMOUS: flag(false),
    BELLWIRE_INSECURE: flag(false),
    BELLWIRE_NODE_PUBLIC_URL: z
      .url({ protocol: /^wss?$/ })
      .max(512)
      .optional(),
    BELLWIRE_TICKET_SECRET: z.string().min(8).optional(),
    BELLWIRE_NODE_REQUIRE_TICKET: flag(false),
    BELLWIRE_API_KEY: ApiKey.optional(),
    BELLWIRE_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/)
      .default("bellwire"),
    BELLWIRE_AFTER_REDIS_RESTART: z.enum(["ask", "renew"]).default("ask"),
    BELLWIRE_CONFIG: z.string().optional(),
    BELLWIRE_ALLOWED_ORIGINS: list("").pipe(z.array(AllowedOrigin).max(MAX_ALLOWED_ORIGINS)),
    BELLWIRE_NODE_MAX_CONNECTIONS: whole(20_000, 1, 1_000_000),
    BELLWIRE_NODE_EVENT_TRIES: whole(5, 1, 100),
    BELLWIRE_NODE_PROBE_INTERVAL_MS: whole(2_000, 100, 60_000),
    BELLWIRE_NODE_PROBE_STALE_MS: whole(6_000, 500, 300_000),
    BELLWIRE_NODE_DEAF_MS: whole(10_000, 1_000, 3_600_000),
    BELLWIRE_NODE_DRAIN_BATCH: whole(200, 1, 100_000),
    BELLWIRE_NODE_DRAIN_PAUSE_MS: whole(100, 1, 10_000),
    BELLWIRE_NODE_DRAIN_NOTICE_MS: whole(1_000, 0, 60_000),
    BELLWIRE_NODE_DRAIN_DEADLINE_MS: whole(15_000, 0, 600_000),
  });
  const settings = readSettings(read.BELLWIRE_CONFIG);
  const tokens = withEnv(settings.tokens, read);
  refuseInsecure(env, tokens);
  const [apiKey, ...apiKeys] = [read.BELLWIRE_API_KEY ?? [], ...settings.apiKeys].flat();
  if (apiKey === undefined)
    throw new ConfigError("bad configuration: BELLWIRE_API_KEY: must be set: the key of the server API (not set)");
  refuseDevCredentials(env, {
    tokenSecrets: tokens.secrets.map(({ secret }) => secret),
    apiKeys: [apiKey, ...apiKeys],
  });
  return {
    id: read.BELLWIRE_NODE_ID,
    host: read.BELLWIRE_NODE_HOST,
    port: read.BELLWIRE_NODE_PORT,
    opsPort: read.BELLWIRE_NODE_OPS_PORT,
    advertise: read.BELLWIRE_NODE_ADVERTISE ?? reachable(read.BELLWIRE_NODE_HOST),
    publicUrl: read.BELLWIRE_NODE_PUBLIC_URL,
    tickets: {
      secret: ticketSecret(read),
      required: read.BELLWIRE_NODE_REQUIRE_TICKET,
    },
    prefix: read.BELLWIRE_PREFIX,
    afterRedisRestart: read.BELLWIRE_AFTER_REDIS_RESTART,
    maxConnections: read.BELLWIRE_NODE_MAX_CONNECTIONS,
    eventTries: read.BELLWIRE_NODE_EVENT_TRIES,
    probe: { intervalMs: read.BELLWIRE_NODE_PROBE_INTERVAL_MS, staleMs: read.BELLWIRE_NODE_PROBE_STALE_MS },
    deafMs: read.BELLWIRE_NODE_DEAF_MS,
    drain: {
      batch: read.BELLWIRE_NODE_DRAIN_BATCH,
      pauseMs: read.BELLWIRE_NODE_DRAIN_PAUSE_MS,
      noticeMs: read.BELLWIRE_NODE_DRAIN_NOTICE_MS,
      deadlineMs: read.BELLWIRE_NODE_DRAIN_DEADLINE_MS,
    },
    ...settings,
    tokens,
    apiKeys: [apiKey, ...apiKeys],
    allowedOrigins: [...settings.allowedOrigins, ...read.BELLWIRE_ALLOWED_ORIGINS],
  };
}

/** What tickets are signed with. Where no secret is set none can be good: there is no balancer that could have signed it. */
function ticketSecret(read: {
  BELLWIRE_TICKET_SECRET?: string | undefined;
  BELLWIRE_TOKEN_SECRET?: string | undefined;
  BELLWIRE_NODE_REQUIRE_TICKET: boolean;
}): string {
  const secret = read.BELLWIRE_TICKET_SECRET ?? read.BELLWIRE_TOKEN_SECRET;
  if (secret === undefined && read.BELLWIRE_NODE_REQUIRE_TICKET)
    throw new ConfigError(
      "bad configuration: BELLWIRE_TICKET_SECRET: must be set where tickets are required (not set)",
    );
  return secret ?? crypto.randomUUID();
}

/** Where others reach a process that listens on `host`: the first address of this machine where it listens on all. */
function reachable(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? hostname();
}
