import {
  algorithms,
  createRemoteKeys,
  createTokenVerifier,
  KeyError,
  publicKey,
  remoteKeysLimits,
  secretKey,
  type TokenVerifier,
  type VerifyingKey,
} from "@bellwire/auth";
import { z } from "zod";

const MAX_KEYS = 16;
const MAX_NAMES = 16;

const kid = z.string().min(1).max(256).optional();
const names = z.array(z.string().min(1).max(255)).min(1).max(MAX_NAMES).optional();
const ms = (min: number, max: number, fallback: number) => z.number().int().min(min).max(max).default(fallback);

/** A problem of the key itself, so that it is named with its path. */
const fit = (make: () => unknown, context: z.core.$RefinementCtx): void => {
  try {
    make();
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
};

const Secret = z
  .strictObject({
    secret: z.string().min(8).max(1_024),
    kid,
    algorithm: z.enum(["HS256", "HS384", "HS512"]).optional(),
  })
  .superRefine((given, context) => fit(() => secretOf(given), context));

const PublicKey = z
  .strictObject({
    /** SPKI in PEM: RSA, P-256, P-384, P-521 or Ed25519. */
    pem: z.string().max(16_384),
    kid,
    algorithm: z.enum(algorithms).optional(),
  })
  .superRefine((given, context) => fit(() => publicOf(given), context));

/** A published key set (RFC 7517). */
export const KeySet = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  maxAgeMs: ms(1_000, 86_400_000, remoteKeysLimits.maxAgeMs),
  maxStaleMs: ms(1_000, 604_800_000, remoteKeysLimits.maxStaleMs),
  cooldownMs: ms(100, 3_600_000, remoteKeysLimits.cooldownMs),
  timeoutMs: ms(100, 30_000, remoteKeysLimits.timeoutMs),
});

/** With what the tokens of clients are verified. */
export const TokenSettings = z.strictObject({
  secrets: z.array(Secret).max(MAX_KEYS).default([]),
  publicKeys: z.array(PublicKey).max(MAX_KEYS).default([]),
  jwks: KeySet.optional(),
  /** A token must be meant for one of them; absent: not checked. */
  audiences: names,
  /** A token must come from one of them; absent: not checked. */
  issuers: names,
  /** Whether clients without a token are admitted, as users without a name. */
  allowAnonymous: z.boolean().default(false),
  /** For development: no token is needed, and every channel is open. */
  insecure: z.boolean().default(false),
});
export type TokenSettings = z.infer<typeof TokenSettings>;

/** Whether anybody can show a token at all. */
export const hasKeys = ({ secrets, publicKeys, jwks }: TokenSettings): boolean =>
  secrets.length > 0 || publicKeys.length > 0 || jwks !== undefined;

export interface VerifierParts {
  /** A published key set was asked for. */
  readonly fetched: (outcome: "ok" | "failed", error?: unknown) => void;
}

export function verifierFrom(settings: TokenSettings, { fetched }: VerifierParts): TokenVerifier {
  const { secrets, publicKeys, jwks, audiences, issuers } = settings;
  const remote = jwks && createRemoteKeys({ url: jwks.url, limits: jwks, now: () => performance.now(), fetched });
  const keys = [...secrets.map(secretOf), ...publicKeys.map(publicOf)];
  return createTokenVerifier({ keys, remote, audiences, issuers, now: Date.now });
}

const secretOf = ({ secret, ...hints }: z.infer<typeof Secret>): VerifyingKey => secretKey(secret, hints);
const publicOf = ({ pem, ...hints }: z.infer<typeof PublicKey>): VerifyingKey => publicKey(pem, hints);
