import { z } from "zod";
import { readConnection, readSubscription } from "./claims.ts";
import type { VerifyingKey } from "./keys.ts";
import type { RemoteKeys } from "./remote-keys.ts";
import { fitting, headerOf, type TokenHeader, verified } from "./signature.ts";
import type { Fault, TokenVerifier, Verdict } from "./verdict.ts";

/** The longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 8_192;

export interface TokenVerifierOptions {
  readonly keys: readonly VerifyingKey[];
  /** A published key set; asked where no key of `keys` fits. */
  readonly remote?: RemoteKeys | undefined;
  /** One of them must be in the token's `aud`; absent: not checked. */
  readonly audiences?: readonly string[] | undefined;
  /** The token's `iss` must be one of them; absent: not checked. */
  readonly issuers?: readonly string[] | undefined;
  readonly now: () => number;
}

const Registered = z.object({
  exp: z.number().optional(),
  nbf: z.number().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  iss: z.string().optional(),
});

/** Verifies tokens (RFC 7519): HS, RS and ES with 256, 384 and 512 bits, and EdDSA, each only with keys of its own type. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  return {
    connection: (token) => verdict(options, token, readConnection),
    subscription: (token) => verdict(options, token, readSubscription),
  };
}

async function verdict<Claims>(
  options: TokenVerifierOptions,
  token: string,
  read: (payload: unknown) => Claims | undefined,
): Promise<Verdict<Claims>> {
  const header = token.length > MAX_TOKEN_LENGTH ? undefined : headerOf(token);
  if (header === undefined) return { ok: false, cause: "invalid" };
  const keys = await keysFor(options, header);
  if (keys === "unavailable") return { ok: false, cause: keys };
  const payload = await verified(token, header, keys);
  const fault = faultOf(options, payload);
  if (fault !== undefined) return { ok: false, cause: fault };
  const claims = read(payload);
  return claims === undefined ? { ok: false, cause: "invalid" } : { ok: true, claims };
}

async function keysFor(
  { keys, remote }: TokenVerifierOptions,
  header: TokenHeader,
): Promise<readonly VerifyingKey[] | "unavailable"> {
  const own = fitting(keys, header);
  if (own.length > 0 || remote === undefined) return own;
  const published = await remote.keysFor(header);
  return published === "unavailable" ? published : fitting(published, header);
}

function faultOf({ audiences, issuers, now }: TokenVerifierOptions, payload: unknown): Fault | undefined {
  const registered = Registered.safeParse(payload);
  if (!registered.success) return "invalid";
  const { exp, nbf, aud = [], iss } = registered.data;
  if (issuers !== undefined && (iss === undefined || !issuers.includes(iss))) return "invalid";
  const meant = typeof aud === "string" ? [aud] : aud;
  if (audiences !== undefined && !meant.some((one) => audiences.includes(one))) return "invalid";
  const seconds = now() / 1_000;
  return (exp !== undefined && exp <= seconds) || (nbf !== undefined && nbf > seconds) ? "expired" : undefined;
}
