import { z } from "zod";

/** One entry of the allow list: `https://shop.example`, `https://*.shop.example` for every host below it, or `*` for all. */
export const AllowedOrigin = z
  .string()
  .max(255)
  .regex(
    /^(\*|[a-z][a-z0-9+.-]*:\/\/(\*\.)?[a-z0-9._[\]:-]+)$/,
    "must be an origin in lower case (https://shop.example), one for all hosts below (https://*.shop.example), or *",
  );

/** At most so many entries. */
export const MAX_ALLOWED_ORIGINS = 100;

/** Whether a page of `origin` may use this host; who sends no origin is no page. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean;

/**
 * A page may connect to the host that it came from, on whatever port, and to every host that lists its origin.
 * All names of the machine itself are one host.
 */
export function createOriginCheck(allowed: readonly string[]): OriginCheck {
  const exact = new Set(allowed.filter((entry) => !entry.includes("*")));
  const below = allowed.filter((entry) => entry.includes("://*.")).map((entry) => entry.split("*") as [string, string]);
  const all = allowed.includes("*");
  return (origin, host) => {
    if (origin === undefined || all) return true;
    const given = origin.toLowerCase();
    if (exact.has(given) || below.some(([scheme, domain]) => isBelow(given, scheme, domain))) return true;
    return isSameHost(given, host);
  };
}

const isBelow = (origin: string, scheme: string, domain: string): boolean =>
  origin.startsWith(scheme) &&
  origin.endsWith(domain) &&
  /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(origin.slice(scheme.length, -domain.length));

function isSameHost(origin: string, host: string | undefined): boolean {
  const page = URL.parse(origin)?.hostname;
  const here = host === undefined ? undefined : URL.parse(`http://${host}`)?.hostname;
  if (!page || !here) return false;
  return page === here || (isLoopback(page) && isLoopback(here));
}

const isLoopback = (name: string): boolean =>
  name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
