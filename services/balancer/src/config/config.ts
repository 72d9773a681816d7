import { isIP } from "node:net";
import { type Env, list, port, readEnv, whole } from "@bellwire/runtime";
import { z } from "zod";
import type { Limits } from "../forwarding/limits.ts";
import type { EjectionRules } from "../health/ejection.ts";
import type { HealthRules } from "../health/health.ts";
import { parseNodeList, type StaticNode } from "../pool/node-list.ts";
import { MAX_SOURCES } from "../sources/source-addresses.ts";
import { type StrategyName, strategies } from "../strategies/table.ts";
import { IO_KINDS, type IoKind } from "../wires/open-listener.ts";
import { type Control, controlOf, controlShape } from "./control.ts";
import { type Doors, doorsOf, doorsShape } from "./doors.ts";
import { ejectionOf, healthOf, healthShape } from "./health.ts";
import { HOUR_MS, limitsOf, limitsShape, ms } from "./limits.ts";

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
  readonly io: IoKind;
  readonly logLevel: (typeof LEVELS)[number];
  readonly limits: Limits;
  readonly health: HealthRules;
  readonly ejection: EjectionRules;
  readonly slowStartMs: number;
  readonly shedPerSecond: number;
  readonly panicBelow: number;
  readonly hashBalance: number | undefined;
  readonly doors: Doors;
  readonly control: Control;
  readonly roster: { readonly everyMs: number; readonly absentMs: number };
  /** Between looks at the names of static nodes; 0: none, each connect looks for itself. */
  readonly resolveMs: number;
  /** Addresses of this machine that connections to nodes come from. */
  readonly sources: readonly string[];
}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const STRATEGIES = Object.keys(strategies) as [StrategyName, ...StrategyName[]];

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
  BELLWIRE_BALANCER_HASH_BALANCE: z.coerce.number().min(1).max(100).optional(),
  BELLWIRE_BALANCER_HEALTH_PATH: z
    .string()
    .regex(/^\/[!-~]*$/, "must be a path that begins with /")
    .default("/health"),
  BELLWIRE_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  BELLWIRE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, _ . -")
    .default("bellwire"),
  BELLWIRE_BALANCER_IO: z.enum(IO_KINDS).default("auto"),
  BELLWIRE_LOG_LEVEL: z.enum(LEVELS).default("info"),

  ...limitsShape,
  ...healthShape,
  ...doorsShape,
  ...controlShape,

  BELLWIRE_BALANCER_ROSTER_MS: ms(500),
  BELLWIRE_BALANCER_ABSENT_MS: whole(3_000, 0, HOUR_MS),
  BELLWIRE_BALANCER_SOURCE_ADDRESSES: list("")
    .refine((given) => given.every((address) => isIP(address) !== 0), "must be IP addresses, comma-separated")
    .refine((given) => given.length <= MAX_SOURCES, `must be at most ${MAX_SOURCES}`),
  BELLWIRE_BALANCER_RESOLVE_MS: whole(5_000, 0, HOUR_MS),
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
    strategy: read.BELLWIRE_BALANCER_STICKY === "source-hash" ? "source-hash" : read.BELLWIRE_BALANCER_STRATEGY,
    healthPath: read.BELLWIRE_BALANCER_HEALTH_PATH,
    redisUrl: read.BELLWIRE_REDIS_URL,
    prefix: read.BELLWIRE_PREFIX,
    io: read.BELLWIRE_BALANCER_IO,
    logLevel: read.BELLWIRE_LOG_LEVEL,
    limits: limitsOf(read),
    health: healthOf(read),
    ejection: ejectionOf(read),
    slowStartMs: read.BELLWIRE_BALANCER_SLOW_START_MS,
    shedPerSecond: read.BELLWIRE_BALANCER_SHED_PER_SECOND,
    panicBelow: read.BELLWIRE_BALANCER_PANIC_PERCENT / 100,
    hashBalance: read.BELLWIRE_BALANCER_HASH_BALANCE,
    doors: doorsOf(read),
    control: controlOf(read),
    roster: { everyMs: read.BELLWIRE_BALANCER_ROSTER_MS, absentMs: read.BELLWIRE_BALANCER_ABSENT_MS },
    sources: read.BELLWIRE_BALANCER_SOURCE_ADDRESSES,
    resolveMs: read.BELLWIRE_BALANCER_RESOLVE_MS,
  };
}
