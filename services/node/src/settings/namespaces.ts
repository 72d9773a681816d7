import { type Namespace, type Namespaces, plainNamespace } from "@bellwire/hub";
import { z } from "zod";

const DAY_MS = 86_400_000;
const ms = (max: number, fallback: number) => z.number().int().min(1_000).max(max).default(fallback);
const plain = plainNamespace;

export const NamespaceSettings = z.strictObject({
  subscribe: z.enum(["anyone", "users", "owner", "token", "backend", "nobody"]).default(plain.subscribe),
  publish: z.enum(["nobody", "subscribers", "backend"]).default(plain.publish),
  historySize: z.number().int().min(0).max(10_000).default(plain.history.size),
  historyTtlMs: ms(30 * DAY_MS, plain.history.ttlMs),
  presence: z.enum(["off", "server", "subscribers"]).default(plain.presence),
  joinLeave: z.enum(["off", "asked", "forced"]).default(plain.joinLeave),
  personal: z.boolean().default(plain.personal),
  cache: z.boolean().default(plain.cache),
  forceRecovery: z.boolean().default(plain.forceRecovery),
  forcePositioning: z.boolean().default(plain.forcePositioning),
  delta: z.boolean().default(plain.delta),
  skippable: z.boolean().default(plain.skippable),
  dedupMs: ms(7 * DAY_MS, plain.dedupMs),
  versionTtlMs: ms(365 * DAY_MS, plain.versionTtlMs),
});
type Given = Readonly<z.input<typeof NamespaceSettings>>;

/** Names without a colon, and never empty: that is the default namespace. */
export const NamespaceName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -");

/** The shop's own namespaces; a configuration file may change single fields of them and add others. */
const shop: Readonly<Record<string, Given>> = {
  orders: { subscribe: "owner", historySize: 256, historyTtlMs: DAY_MS, dedupMs: DAY_MS },
  promo: { subscribe: "anyone", historySize: 64, historyTtlMs: 3_600_000, skippable: true, dedupMs: 3_600_000 },
  product: { subscribe: "anyone", historySize: 16, historyTtlMs: 600_000, skippable: true },
};

/** The namespaces of a node. `raw` holds only what a file says; without a default one, channels without a colon are unknown. */
export function namespacesFrom(raw: Readonly<Record<string, Given>>, defaultNamespace: Given | undefined): Namespaces {
  const names = new Set([...Object.keys(shop), ...Object.keys(raw)]);
  const namespaces = [...names].map((name) => namespaceOf(name, { ...shop[name], ...raw[name] }));
  if (defaultNamespace !== undefined) namespaces.push(namespaceOf("", defaultNamespace));
  return new Map(namespaces.map((namespace) => [namespace.name, namespace]));
}

function namespaceOf(name: string, given: Given): Namespace {
  const { historySize, historyTtlMs, ...rest } = NamespaceSettings.parse(given);
  const size = rest.cache ? Math.max(1, historySize) : historySize;
  return { name, history: { size, ttlMs: historyTtlMs }, ...rest };
}
