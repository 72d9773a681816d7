import { readFileSync } from "node:fs";
import type { HubLimits, Namespaces } from "@bellwire/hub";
import { ConfigError } from "@bellwire/runtime";
import { z } from "zod";
import { ProxiesSettings } from "../backend/settings.ts";
import { ShownSettings } from "../shown/settings.ts";
import { defaultTransportLimits, TransportLimits } from "../transports/limits.ts";
import { AllowedOrigin, MAX_ALLOWED_ORIGINS } from "../transports/origins.ts";
import { LimitSettings, limitsFrom } from "./limits.ts";
import { NamespaceName, NamespaceSettings, namespacesFrom } from "./namespaces.ts";
import { TokenSettings } from "./tokens.ts";

const MAX_API_KEYS = 16;

/** An API key that nobody guesses. */
export const ApiKey = z.string().min(8).max(256);

/** What the file of BELLWIRE_CONFIG may hold. */
export const Settings = z.strictObject({
  $schema: z.string().max(2_048).optional().describe("Where editors find this schema; not read."),
  defaultNamespace: NamespaceSettings.optional().describe(
    "The rules of channels without a colon; absent: there are none.",
  ),
  shown: ShownSettings.optional().describe("Proof of display: what clients have shown; absent: there is none."),
  namespaces: z
    .record(NamespaceName, NamespaceSettings)
    .default({})
    .describe(
      "By name the rules of all channels that begin with it and a colon; single fields of the shop's own may be changed.",
    ),
  tokens: TokenSettings.prefault({}).describe("With what the tokens of clients are verified."),
  apiKeys: z.array(ApiKey).max(MAX_API_KEYS).default([]).describe("Keys of the server API besides BELLWIRE_API_KEY."),
  proxies: ProxiesSettings.default({}).describe("What the shop's backend is asked about over HTTP."),
  allowedOrigins: z
    .array(AllowedOrigin)
    .max(MAX_ALLOWED_ORIGINS)
    .default([])
    .describe("Pages of these origins may use the cluster; those of its own host always may."),
  transports: TransportLimits.partial().default({}).describe("Bounds of the transports."),
  limits: LimitSettings.partial().default({}).describe("Bounds of what clients may do."),
});

export interface NodeSettings {
  readonly namespaces: Namespaces;
  readonly tokens: TokenSettings;
  readonly apiKeys: readonly string[];
  readonly proxies: ProxiesSettings;
  readonly limits: HubLimits;
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
  if (!given.success) throw bad(z.prettifyError(given.error).replaceAll(/\s*\n\s*/g, " "));
  const raw = value as z.input<typeof Settings>;
  const { tokens, apiKeys, proxies, allowedOrigins } = given.data;
  const limits = limitsFrom(given.data.limits);
  if (typeof limits === "string") throw bad(limits);
  const namespaces = namespacesFrom(raw.namespaces ?? {}, raw.defaultNamespace);
  for (const { name, subscribe, publish } of namespaces.values()) {
    const where = name === "" ? "defaultNamespace" : `namespaces.${name}`;
    if (subscribe === "backend" && proxies.subscribe === undefined)
      throw bad(`${where}.subscribe is backend, but proxies.subscribe is not set`);
    if (publish === "backend" && proxies.publish === undefined)
      throw bad(`${where}.publish is backend, but proxies.publish is not set`);
  }
  const transports = { ...defaultTransportLimits, ...given.data.transports } as TransportLimits;
  const { shown } = given.data;
  return { namespaces, tokens, apiKeys, proxies, limits, transports, shown, allowedOrigins };
}

const bad = (why: string): ConfigError => new ConfigError(`bad configuration: BELLWIRE_CONFIG: ${why}`);

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // A syntax error would show a piece of the file, which may hold secrets.
    const why = error instanceof SyntaxError ? "is no JSON" : error instanceof Error ? error.message : error;
    throw bad(`${path}: ${why}`);
  }
}
