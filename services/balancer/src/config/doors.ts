import { ConfigError, flag, whole } from "@bellwire/runtime";
import { z } from "zod";
import type { Sticky } from "../sticky/kinds.ts";
import type { ProxyTrust } from "../trust/forwarded-for.ts";
import { type Networks, parseNetworks } from "../trust/networks.ts";
import { ms } from "./limits.ts";

/** A port whose connections begin with a PROXY header. */
export interface ProxyDoor {
  readonly port: number;
  readonly from: Networks;
  /** What follows the header is TLS. */
  readonly tls: boolean;
}

/** A port that ends TLS. */
export interface TlsDoor {
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  readonly reloadMs: number;
}

/** Where clients come in besides the public port, whom we believe about them, and how they come back. */
export interface Doors {
  readonly trust: ProxyTrust;
  readonly proxy: ProxyDoor | undefined;
  readonly tls: TlsDoor | undefined;
  readonly sticky: Sticky;
}

const optionalPort = z.coerce.number().int().min(0).max(65_535).optional();

const networks = z
  .string()
  .default("")
  .transform((text, context) => {
    const read = parseNetworks(text);
    if (typeof read !== "string") return read;
    context.addIssue({ code: "custom", message: read });
    return z.NEVER;
  });

/** What is valid in a cookie's name and needs no escape in a query. */
const name = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, _ . -");

export const doorsShape = {
  BELLWIRE_BALANCER_TRUSTED_PROXIES: networks,
  BELLWIRE_BALANCER_XFF_HOPS: whole(1, 1, 32),
  BELLWIRE_BALANCER_PROXY_PORT: optionalPort,
  BELLWIRE_BALANCER_PROXY_FROM: networks,
  BELLWIRE_BALANCER_PROXY_TLS: flag(false),
  BELLWIRE_BALANCER_TLS_PORT: optionalPort,
  BELLWIRE_BALANCER_TLS_CERT: z.string().optional(),
  BELLWIRE_BALANCER_TLS_KEY: z.string().optional(),
  BELLWIRE_BALANCER_TLS_RELOAD_MS: ms(5_000),
  BELLWIRE_BALANCER_STICKY: z.enum(["none", "cookie", "query", "source-hash"]).default("none"),
  BELLWIRE_BALANCER_STICKY_NAME: name.default("bellwire_node"),
  BELLWIRE_BALANCER_COOKIE_SECRET: z.string().min(16, "must have 16 characters or more").optional(),
};

type DoorsRead = z.infer<z.ZodObject<typeof doorsShape>>;

/** Throws ConfigError when a variable lacks another that it needs. */
export const doorsOf = (read: DoorsRead): Doors => ({
  trust: { proxies: read.BELLWIRE_BALANCER_TRUSTED_PROXIES, hops: read.BELLWIRE_BALANCER_XFF_HOPS },
  proxy: proxyOf(read),
  tls: tlsOf(read),
  sticky: stickyOf(read),
});

function proxyOf(read: DoorsRead): ProxyDoor | undefined {
  const { BELLWIRE_BALANCER_PROXY_PORT: port, BELLWIRE_BALANCER_PROXY_FROM: from } = read;
  const tls = read.BELLWIRE_BALANCER_PROXY_TLS;
  if (tls && read.BELLWIRE_BALANCER_TLS_PORT === undefined)
    throw lacking("BELLWIRE_BALANCER_PROXY_TLS", "BELLWIRE_BALANCER_TLS_PORT");
  if (port === undefined) return undefined;
  if (from.size === 0) throw lacking("BELLWIRE_BALANCER_PROXY_PORT", "BELLWIRE_BALANCER_PROXY_FROM");
  return { port, from, tls };
}

function tlsOf(read: DoorsRead): TlsDoor | undefined {
  const { BELLWIRE_BALANCER_TLS_PORT: port, BELLWIRE_BALANCER_TLS_CERT: cert, BELLWIRE_BALANCER_TLS_KEY: key } = read;
  if (port === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw lacking("BELLWIRE_BALANCER_TLS_PORT", "BELLWIRE_BALANCER_TLS_CERT and BELLWIRE_BALANCER_TLS_KEY");
  return { port, cert, key, reloadMs: read.BELLWIRE_BALANCER_TLS_RELOAD_MS };
}

function stickyOf(read: DoorsRead): Sticky {
  const { BELLWIRE_BALANCER_STICKY: kind, BELLWIRE_BALANCER_STICKY_NAME: name } = read;
  if (kind !== "cookie") return { kind, name };
  const secret = read.BELLWIRE_BALANCER_COOKIE_SECRET;
  if (secret === undefined) throw lacking("BELLWIRE_BALANCER_STICKY", "BELLWIRE_BALANCER_COOKIE_SECRET");
  return { kind, name, secret };
}

const lacking = (variable: string, other: string): ConfigError =>
  new ConfigError(`bad configuration: ${variable}: needs ${other}`);
