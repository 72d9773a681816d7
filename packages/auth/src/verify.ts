import { createSecretKey } from "node:crypto";
import { ChannelName } from "@bellwire/protocol";
import { errors, jwtVerify } from "jose";
import { z } from "zod";

/** The longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 8_192;

/** What a valid connection token says. */
export interface ConnectionClaims {
  /** "" is an anonymous user. */
  readonly user: string;
  /** When the connection must be refreshed, ms since 1970; absent: never. */
  readonly expiresAt?: number;
  /** JSON text shown to others in presence and publications. */
  readonly info?: string;
}

/** `expired` may be cured by a new token (also when not valid yet); `invalid` may not. */
export type TokenVerdict =
  | { readonly ok: true; readonly claims: ConnectionClaims }
  | { readonly ok: false; readonly cause: "expired" | "invalid" };

export interface TokenVerifier {
  /** Never rejects: whatever the token holds, the answer is a verdict. */
  connection(token: string): Promise<TokenVerdict>;
}

const Claims = z.object({
  sub: z
    .string()
    .max(128)
    .regex(/^[!-~]*$/)
    .default(""),
  exp: z.number().optional(),
  expire_at: z.number().optional(),
  info: z.unknown().optional(),
  channels: z.array(ChannelName).max(128).optional(),
  // A subscription token must not open a connection.
  channel: z.undefined().optional(),
});

/** Verifies HS256 tokens (RFC 7519) with one shared secret; no other algorithm is accepted. */
export function createTokenVerifier(options: { readonly secret: string; readonly now: () => number }): TokenVerifier {
  // A key object is imported once; raw bytes would be imported anew for every token.
  const key = createSecretKey(Buffer.from(options.secret));
  return {
    async connection(token) {
      if (token.length > MAX_TOKEN_LENGTH) return { ok: false, cause: "invalid" };
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ["HS256"],
          currentDate: new Date(options.now()),
        });
        const claims = Claims.safeParse(payload);
        return claims.success ? { ok: true, claims: read(claims.data) } : { ok: false, cause: "invalid" };
      } catch (error) {
        return { ok: false, cause: isOutsideItsTime(error) ? "expired" : "invalid" };
      }
    },
  };
}

function isOutsideItsTime(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true;
  return error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf" && error.reason === "check_failed";
}

function read(claims: z.infer<typeof Claims>): ConnectionClaims {
  // expire_at 0 means: the connection never expires, though the token does.
  const expirySeconds = claims.expire_at === undefined ? claims.exp : claims.expire_at || undefined;
  return {
    user: claims.sub,
    ...(expirySeconds === undefined ? {} : { expiresAt: expirySeconds * 1_000 }),
    ...(claims.info === undefined ? {} : { info: JSON.stringify(claims.info) }),
  };
}
