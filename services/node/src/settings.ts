import { readFileSync } from "node:fs";
import { defaultLimits, type Namespace, type Namespaces } from "@bellwire/hub";
import { ConfigError } from "@bellwire/runtime";
import { z } from "zod";
import { ShownSettings } from "./shown/settings.ts";
import { defaultTransportLimits, TransportLimits } from "./transports/limits.ts";
import { AllowedOrigin, MAX_ALLOWED_ORIGINS } from "./transports/origins.ts";

const DAY_MS = 86_400_000;

const NamespaceSettings = z
  .strictObject({
    subscribe: z.enum(["anyone", "users", "owner", "token", "nobody"]).default("users"),
    publish: z.enum(["nobody", "subscribers"]).default("nobody"),
    historySize: z.number().int().min(0).max(10_000).default(0),
    historyTtlMs: z
      .number()
      .int()
      .min(1_000)
      .max(30 * DAY_MS)
      .default(300_000),
    presence: z.enum(["off", "server", "subscribers"]).default("off"),
    joinLeave: z.enum(["off", "asked", "forced"]).default("off"),
    personal: z.boolean().default(false),
    cache: z.boolean().default(false),
    forceRecovery: z.boolean().default(true),
    forcePositioning: z.boolean().default(true),
    delta: z.boolean().default(false),
    skippable: z.boolean().default(false),
    dedupMs: z
      .number()
      .int()
      .min(1_000)
      .max(7 * DAY_MS)
      .default(300_000),
    versionTtlMs: z
      .number()
      .int()
      .min(1_000)
      .max(365 * DAY_MS)
      .default(30 * DAY_MS),
  })
  .describe("The rules of all channels that begin with the namespace's name and a colon.");

const Settings = z.strictObject({
  allowedOrigins: z.array(AllowedOrigin).max(MAX_ALLOWED_ORIGINS).default([]),
  transports: TransportLimits.partial().default({}),
  shown: ShownSettings.optional(),
  namespaces: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{0,64}$/, "must be letters, digits, _ or -"), NamespaceSettings)
    .default({}),
  limits: z
    .strictObject({
      channelsPerClient: z.number().int().min(1).max(10_000),
      pendingCommands: z.number().int().min(1).max(10_000),
      recovery: z.number().int().min(1).max(10_000),
      history: z.number().int().min(1).max(10_000),
      publishBytes: z.number().int().min(1).max(1_048_576),
      positionCheckMs: z.number().int().min(1_000).max(600_000),
      pingSeconds: z.number().int().min(1).max(3_600),
      pongMs: z.number().int().min(500).max(600_000),
      connectMs: z.number().int().min(1_000).max(60_000),
      expiryGraceMs: z.number().int().min(0).max(600_000),
      maxConnectionAgeMs: z
        .number()
        .int()
        .min(0)
        .max(30 * DAY_MS),
      slow: z.strictObject({
        softBytes: z.number().int().min(1_024),
        hardBytes: z.number().int().min(1_024),
        graceMs: z.number().int().min(0),
      }),
    })
    .partial()
    .default({}),
});

/** The shop's own namespaces; a configuration file may change single fields of them and add others. */
const shop: Readonly<Record<string, z.input<typeof NamespaceSettings>>> = {
  orders: { subscribe: "owner", historySize: 256, historyTtlMs: DAY_MS, dedupMs: DAY_MS },
  promo: { subscribe: "anyone", historySize: 64, historyTtlMs: 3_600_000, skippable: true, dedupMs: 3_600_000 },
  product: { subscribe: "anyone", historySize: 16, historyTtlMs: 600_000, skippable: true },
};

export interface NodeSettings {
  readonly namespaces: Namespaces;
  readonly limits: typeof defaultLimits;
  readonly transports: TransportLimits;
  /** Absent: there is no proof of display. */
  readonly shown: ShownSettings | undefined;
  /** Pages of these origins may use the cluster; those of its own host always may. */
  readonly allowedOrigins: readonly string[];
}

/** Reads the JSON file of BELLWIRE_CONFIG; without one the shop's namespaces and the default limits hold. Throws ConfigError naming the field. */
export function readSettings(path: string | undefined): NodeSettings {
  return parseSettings(path === undefined ? {} : readJson(path));
}

/** The same for what the file holds. */
export function parseSettings(value: unknown): NodeSettings {
  const given = Settings.safeParse(value);
  if (!given.success) throw new ConfigError(`bad configuration: BELLWIRE_CONFIG: ${z.prettifyError(given.error)}`);
  const raw = (value as { readonly namespaces?: Readonly<Record<string, object>> }).namespaces ?? {};
  const names = new Set([...Object.keys(shop), ...Object.keys(raw)]);
  const namespaces = [...names].map(
    (name) => [name, namespaceOf(name, NamespaceSettings.parse({ ...shop[name], ...raw[name] }))] as const,
  );
  const limits = { ...defaultLimits, ...given.data.limits } as typeof defaultLimits;
  if (limits.slow.hardBytes < limits.slow.softBytes)
    throw new ConfigError("bad configuration: BELLWIRE_CONFIG: limits.slow.hardBytes is below limits.slow.softBytes");
  if (limits.pongMs >= limits.pingSeconds * 1_000)
    throw new ConfigError("bad configuration: BELLWIRE_CONFIG: limits.pongMs must be below limits.pingSeconds");
  if (limits.maxConnectionAgeMs > 0 && limits.maxConnectionAgeMs < limits.pingSeconds * 1_000)
    throw new ConfigError(
      "bad configuration: BELLWIRE_CONFIG: limits.maxConnectionAgeMs must be 0 or at least limits.pingSeconds",
    );
  const transports = { ...defaultTransportLimits, ...given.data.transports } as TransportLimits;
  return {
    namespaces: new Map(namespaces),
    limits,
    transports,
    allowedOrigins: given.data.allowedOrigins,
    shown: given.data.shown,
  };
}

function namespaceOf(name: string, rules: z.infer<typeof NamespaceSettings>): Namespace {
  const { historySize, historyTtlMs, ...rest } = rules;
  const size = rest.cache ? Math.max(1, historySize) : historySize;
  return { name, history: { size, ttlMs: historyTtlMs }, ...rest };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(
      `bad configuration: BELLWIRE_CONFIG: ${path}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
