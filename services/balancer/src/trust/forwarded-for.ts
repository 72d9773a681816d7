import { isIP } from "node:net";
import { type HeaderLines, tokensOf, valuesOf } from "../heads/headers.ts";
import { plainAddress } from "../pool/address.ts";
import type { Networks } from "./networks.ts";
import type { Visitor } from "./visitor.ts";

/** Whose word about a client is believed, and how many proxies are between. */
export interface ProxyTrust {
  readonly proxies: Networks;
  /** The client is the so-many-th entry of X-Forwarded-For from the right: 1 behind one proxy. */
  readonly hops: number;
}

/** Addresses in X-Forwarded-For that are looked at, from the right. */
const MAX_HOPS = 32;

/**
 * The client's address: the peer's, unless the peer is a trusted proxy that names another. Left of that entry a client
 * can write what it likes, so it is never read. A header that is too short or no address proves nothing: the peer's then.
 */
export function clientAddress(peer: string, lines: HeaderLines, { proxies, hops }: ProxyTrust): string {
  if (!proxies.has(peer)) return peer;
  const named = valuesOf(lines, "x-forwarded-for").join(",").split(",").slice(-MAX_HOPS).at(-hops)?.trim() ?? "";
  const address = plainAddress(withoutPort(named));
  return isIP(address) > 0 ? address : peer;
}

/** How the client speaks to the outermost door: a trusted proxy knows better than we do. */
export function clientScheme(
  { peer, own }: { readonly peer: string; readonly own: Visitor["scheme"] },
  lines: HeaderLines,
  { proxies }: ProxyTrust,
): Visitor["scheme"] {
  if (!proxies.has(peer)) return own;
  const said = tokensOf(lines, "x-forwarded-proto").at(-1);
  return said === "http" || said === "https" ? said : own;
}

/** Some proxies write `1.2.3.4:567` or `[::1]:567`. */
function withoutPort(text: string): string {
  const match = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text);
  return match?.[1] ?? match?.[2] ?? text;
}
