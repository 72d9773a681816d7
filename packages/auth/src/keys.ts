import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";

const HMAC = ["HS256", "HS384", "HS512"] as const;
const RSA = ["RS256", "RS384", "RS512"] as const;
const CURVES = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" } as const;
/** A shorter RSA modulus, in bits, is refused (RFC 7518, section 3.3). */
const MIN_RSA_BITS = 2_048;

export const algorithms = [...HMAC, ...RSA, ...Object.values(CURVES), "EdDSA"] as const;
export type Algorithm = (typeof algorithms)[number];

/** A key and what it may be used for. The key's type alone decides which algorithms it can verify: never the token. */
export interface VerifyingKey {
  readonly key: KeyObject;
  readonly algorithms: readonly Algorithm[];
  /** A token that names a key is only checked with that one. */
  readonly kid?: string;
}

/** Why a text is no key that tokens can be verified with. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

export interface KeyHints {
  readonly kid?: string | undefined;
  /** Only this one of the algorithms that the key's type allows. */
  readonly algorithm?: Algorithm | undefined;
}

/** A shared secret: HS256, HS384 and HS512. A public key given as a secret would let anybody sign, and is refused. */
export function secretKey(secret: string, hints: KeyHints = {}): VerifyingKey {
  if (secret.includes("-----BEGIN")) throw new KeyError("is a PEM key, not a secret: name it as a public key");
  return pinned(createSecretKey(Buffer.from(secret)), HMAC, hints);
}

/** A public key in PEM: RSA of at least 2048 bits, P-256, P-384, P-521 or Ed25519. */
export function publicKey(pem: string, hints: KeyHints = {}): VerifyingKey {
  if (pem.includes("PRIVATE KEY")) throw new KeyError("is a private key: give only the public one");
  return ofType(
    parsed(() => createPublicKey(pem)),
    hints,
  );
}

/** The same out of a JSON Web Key. Secrets (`oct`) do not belong in a published set and are refused. */
export function webKey(jwk: JsonWebKey, hints: KeyHints = {}): VerifyingKey {
  if (jwk.kty === "oct" || "d" in jwk) throw new KeyError("holds a secret: a published set must hold public keys only");
  return ofType(
    parsed(() => createPublicKey({ key: jwk, format: "jwk" })),
    hints,
  );
}

function parsed(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    throw new KeyError("is no public key", { cause: error });
  }
}

function ofType(key: KeyObject, hints: KeyHints): VerifyingKey {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      if (modulusLength < MIN_RSA_BITS)
        throw new KeyError(`is an RSA key of ${modulusLength} bits; at least ${MIN_RSA_BITS} are needed`);
      return pinned(key, RSA, hints);
    case "ec": {
      const algorithm = CURVES[namedCurve as keyof typeof CURVES];
      if (algorithm === undefined) throw new KeyError(`is on the curve ${namedCurve}, which no algorithm here uses`);
      return pinned(key, [algorithm], hints);
    }
    case "ed25519":
      return pinned(key, ["EdDSA"], hints);
    default:
      throw new KeyError(`is of the type ${key.asymmetricKeyType}, which no algorithm here uses`);
  }
}

function pinned(key: KeyObject, allowed: readonly Algorithm[], { kid, algorithm }: KeyHints): VerifyingKey {
  if (algorithm !== undefined && !allowed.includes(algorithm))
    throw new KeyError(`cannot be used with ${algorithm}, only with ${allowed.join(", ")}`);
  return { key, algorithms: algorithm === undefined ? allowed : [algorithm], ...(kid !== undefined && { kid }) };
}
