import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** The longest ticket that is looked at, in characters. */
const MAX_TICKET_LENGTH = 1_024;

/** Signs leave for one client to open its connection on `node` within `ttlMs` of now. */
export type TicketSigner = (claims: { readonly node: string; readonly ttlMs: number }) => string;

/** `elsewhere`: a good ticket, but for another node. */
export type TicketVerdict = "good" | "invalid" | "expired" | "elsewhere";

/** Never throws: whatever the ticket holds, the answer is a verdict. */
export type TicketVerifier = (ticket: string) => TicketVerdict;

const Claims = z.object({ node: z.string().min(1).max(128), exp: z.number() });

const HEADER = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT" })).toString("base64url");

/** Tickets are JWTs (HS256) under a key of their own, derived from the secret: a ticket is no connection token and a token no ticket. */
export function createTicketSigner(options: { readonly secret: string; readonly now: () => number }): TicketSigner {
  const key = keyOf(options.secret);
  return ({ node, ttlMs }) => {
    const claims = JSON.stringify({ node, exp: (options.now() + ttlMs) / 1_000 });
    const body = `${HEADER}.${Buffer.from(claims).toString("base64url")}`;
    return `${body}.${macOf(key, body).toString("base64url")}`;
  };
}

/** Checks tickets for `node`. A ticket may be used more than once until it expires. */
export function createTicketVerifier(options: {
  readonly secret: string;
  readonly node: string;
  readonly now: () => number;
}): TicketVerifier {
  const key = keyOf(options.secret);
  return (ticket) => {
    const claims = ticket.length > MAX_TICKET_LENGTH ? undefined : claimsOf(ticket, key);
    if (claims === undefined) return "invalid";
    if (claims.exp * 1_000 <= options.now()) return "expired";
    return claims.node === options.node ? "good" : "elsewhere";
  };
}

function claimsOf(ticket: string, key: Buffer): z.infer<typeof Claims> | undefined {
  const [header, payload = "", signature = "", ...more] = ticket.split(".");
  if (header !== HEADER || more.length > 0) return undefined;
  const given = Buffer.from(signature, "base64url");
  const expected = macOf(key, `${header}.${payload}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = Claims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  return claims.success ? claims.data : undefined;
}

const macOf = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

const keyOf = (secret: string): Buffer => createHmac("sha256", secret).update("bellwire ticket").digest();
