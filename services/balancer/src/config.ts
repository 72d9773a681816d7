import { type Env, port, readEnv, whole } from "@bellwire/runtime";
import { z } from "zod";
import { defaultHealthRules, type HealthRules } from "./health.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { parseNodeList, type StaticNode } from "./node-list.ts";
import { type StrategyName, strategies } from "./strategies/table.ts";

export interface BalancerConfig {
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly nodes: readonly StaticNode[];
  readonly strategy: StrategyName;
  readonly healthPath: string;
  readonly redisUrl: string | undefined;
  readonly prefix: string;
  readonly logLevel: (typeof LEVELS)[number];
  readonly limits: Limits;
  readonly health: HealthRules;
  readonly roster: { readonly everyMs: number; readonly absentMs: number };
}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const STRATEGIES = Object.keys(strategies) as [StrategyName, ...StrategyName[]];
const HOUR_MS = 3_600_000;
const ms = (fallback: number) => whole(fallback, 1, HOUR_MS);

const nodeList = z
  .string()
  .default("")
  .transform((text, context) => {
    const nodes = parseNodeList(text);
    if (typeof nodes !== "string") return nodes;
    context.addIssue({ code: "custom", message: nodes });
    return z.NEVER;
  });

const shape = {
  BELLWIRE_BALANCER_HOST: z.string().default("0.0.0.0"),
  BELLWIRE_BALANCER_PORT: port(8000),
  BELLWIRE_BALANCER_ADMIN_HOST: z.string().default("127.0.0.1"),
  BELLWIRE_BALANCER_ADMIN_PORT: port(8001),
  BELLWIRE_BALANCER_NODES: nodeList,
  BELLWIRE_BALANCER_STRATEGY: z.enum(STRATEGIES).default("least-connections"),
  BELLWIRE_BALANCER_HEALTH_PATH: z
    .string()
    .regex(/^\/[!-~]*$/, "must be a path that begins with /")
    .default("/health"),
  BELLWIRE_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  BELLWIRE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, _ . -")
    .default("bellwire"),
  BELLWIRE_LOG_LEVEL: z.enum(LEVELS).default("info"),

  BELLWIRE_BALANCER_CONNECT_MS: ms(defaultLimits.connectMs),
  BELLWIRE_BALANCER_HANDSHAKE_MS: ms(defaultLimits.handshakeMs),
  BELLWIRE_BALANCER_OPEN_MS: ms(defaultLimits.openMs),
  BELLWIRE_BALANCER_RETRIES: whole(defaultLimits.retries, 0, 10),
  BELLWIRE_BALANCER_IDLE_MS: ms(defaultLimits.idleMs),
  BELLWIRE_BALANCER_LINGER_MS: ms(defaultLimits.lingerMs),
  BELLWIRE_BALANCER_STALL_MS: ms(defaultLimits.stallMs),
  BELLWIRE_BALANCER_HEADER_MS: ms(defaultLimits.headerMs),
  BELLWIRE_BALANCER_HEADER_BYTES: whole(defaultLimits.headerBytes, 1_024, 1_048_576),
  BELLWIRE_BALANCER_HEADER_COUNT: whole(defaultLimits.headerCount, 10, 1_000),
  BELLWIRE_BALANCER_EARLY_BYTES: whole(defaultLimits.earlyBytes, 0, 1_048_576),
  BELLWIRE_BALANCER_BODY_BYTES: whole(defaultLimits.bodyBytes, 0, 1_073_741_824),
  BELLWIRE_BALANCER_BODY_MS: ms(defaultLimits.bodyMs),
  BELLWIRE_BALANCER_RESPONSE_MS: ms(defaultLimits.responseMs),
  BELLWIRE_BALANCER_ANSWER_BYTES: whole(defaultLimits.answerBytes, 0, 1_048_576),
  BELLWIRE_BALANCER_OPEN: whole(defaultLimits.open, 1, 1_000_000),
  BELLWIRE_BALANCER_CONNECTIONS: whole(defaultLimits.connections, 1, 1_000_000),
  BELLWIRE_BALANCER_DRAIN_MS: whole(defaultLimits.drainMs, 0, HOUR_MS),

  BELLWIRE_BALANCER_CHECK_INITIAL: z.enum(["up", "down"]).default(defaultHealthRules.initial),
  BELLWIRE_BALANCER_CHECK_RISE: whole(defaultHealthRules.rise, 1, 100),
  BELLWIRE_BALANCER_CHECK_FALL: whole(defaultHealthRules.fall, 1, 100),
  BELLWIRE_BALANCER_CHECK_INTERVAL_MS: ms(defaultHealthRules.intervalMs),
  BELLWIRE_BALANCER_CHECK_FAST_MS: ms(defaultHealthRules.fastMs),
  BELLWIRE_BALANCER_CHECK_JITTER_PERCENT: whole(defaultHealthRules.jitter * 100, 0, 100),
  BELLWIRE_BALANCER_CHECK_TIMEOUT_MS: ms(defaultHealthRules.timeoutMs),

  BELLWIRE_BALANCER_ROSTER_MS: ms(500),
  BELLWIRE_BALANCER_ABSENT_MS: whole(3_000, 0, HOUR_MS),
};

/** Reads the environment. Throws ConfigError with every bad variable by name. */
export function readBalancerConfig(env: Env): BalancerConfig {
  const read = readEnv(env, shape);
  return {
    host: read.BELLWIRE_BALANCER_HOST,
    port: read.BELLWIRE_BALANCER_PORT,
    adminHost: read.BELLWIRE_BALANCER_ADMIN_HOST,
    adminPort: read.BELLWIRE_BALANCER_ADMIN_PORT,
    nodes: read.BELLWIRE_BALANCER_NODES,
    strategy: read.BELLWIRE_BALANCER_STRATEGY,
    healthPath: read.BELLWIRE_BALANCER_HEALTH_PATH,
    redisUrl: read.BELLWIRE_REDIS_URL,
    prefix: read.BELLWIRE_PREFIX,
    logLevel: read.BELLWIRE_LOG_LEVEL,
    limits: {
      connectMs: read.BELLWIRE_BALANCER_CONNECT_MS,
      handshakeMs: read.BELLWIRE_BALANCER_HANDSHAKE_MS,
      openMs: read.BELLWIRE_BALANCER_OPEN_MS,
      retries: read.BELLWIRE_BALANCER_RETRIES,
      idleMs: read.BELLWIRE_BALANCER_IDLE_MS,
      lingerMs: read.BELLWIRE_BALANCER_LINGER_MS,
      stallMs: read.BELLWIRE_BALANCER_STALL_MS,
      headerMs: read.BELLWIRE_BALANCER_HEADER_MS,
      headerBytes: read.BELLWIRE_BALANCER_HEADER_BYTES,
      headerCount: read.BELLWIRE_BALANCER_HEADER_COUNT,
      earlyBytes: read.BELLWIRE_BALANCER_EARLY_BYTES,
      bodyBytes: read.BELLWIRE_BALANCER_BODY_BYTES,
      bodyMs: read.BELLWIRE_BALANCER_BODY_MS,
      responseMs: read.BELLWIRE_BALANCER_RESPONSE_MS,
      answerBytes: read.BELLWIRE_BALANCER_ANSWER_BYTES,
      open: read.BELLWIRE_BALANCER_OPEN,
      connections: read.BELLWIRE_BALANCER_CONNECTIONS,
      drainMs: read.BELLWIRE_BALANCER_DRAIN_MS,
    },
    health: {
      initial: read.BELLWIRE_BALANCER_CHECK_INITIAL,
      rise: read.BELLWIRE_BALANCER_CHECK_RISE,
      fall: read.BELLWIRE_BALANCER_CHECK_FALL,
      intervalMs: read.BELLWIRE_BALANCER_CHECK_INTERVAL_MS,
      fastMs: read.BELLWIRE_BALANCER_CHECK_FAST_MS,
      jitter: read.BELLWIRE_BALANCER_CHECK_JITTER_PERCENT / 100,
      timeoutMs: read.BELLWIRE_BALANCER_CHECK_TIMEOUT_MS,
    },
    roster: { everyMs: read.BELLWIRE_BALANCER_ROSTER_MS, absentMs: read.BELLWIRE_BALANCER_ABSENT_MS },
  };
}
