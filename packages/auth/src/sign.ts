import { SignJWT } from "jose";

/** Signs HS256 connection tokens for `sub` that expire after `ttlSeconds`. What a shop's backend does for its logged-in user. */
export function createTokenSigner(
  secret: string,
): (claims: { readonly sub: string; readonly ttlSeconds: number }) => Promise<string> {
  const key = new TextEncoder().encode(secret);
  return ({ sub, ttlSeconds }) =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(sub)
      .setIssuedAt()
      .setExpirationTime(`${ttlSeconds}s`)
      .sign(key);
}
