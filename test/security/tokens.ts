import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

type Claims = Readonly<Record<string, unknown>>;

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const bodyOf = (header: object, claims: Claims): string => `${encoded(header)}.${encoded(claims)}`;

/** The identity provider's keys, whose public halves the nodes know, and one that nobody knows. */
export const keys = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  published: generateKeyPairSync("ed25519"),
  unknown: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
};
export const rsaPem = keys.rsa.publicKey.export({ type: "spki", format: "pem" }) as string;

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;
/** What a good token of these tests says. */
export const good = (sub: string): Claims => ({ sub, aud: "push", iss: "shop", exp: inSeconds(600) });

/** Signed with a private key, whatever the header says. */
export function signed(
  claims: Claims,
  key: KeyObject = keys.rsa.privateKey,
  header: object = { alg: "RS256" },
): string {
  const body = bodyOf(header, claims);
  const digest = key.asymmetricKeyType === "rsa" ? "sha256" : undefined;
  return `${body}.${sign(digest, Buffer.from(body), key).toString("base64url")}`;
}

/** Signed with a secret, whatever the header says. */
export function sealed(claims: Claims, secret: string | Buffer, header: object = { alg: "HS256" }): string {
  const body = bodyOf(header, claims);
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

export const unsigned = (claims: Claims, alg = "none"): string => `${bodyOf({ alg }, claims)}.`;
