import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createTokenSigner, createTokenVerifier } from "./index.ts";

const secret = "a-secret-of-the-tests";
const now = Date.now();
const verifier = createTokenVerifier({ secret, now: () => now });
const key = new TextEncoder().encode(secret);
const seconds = (offset: number) => Math.floor(now / 1_000) + offset;
const sign = (claims: Record<string, unknown>, algorithm = "HS256") =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(key);

describe("a connection token", () => {
  it("that our signer made names its user and its expiry", async () => {
    const token = await createTokenSigner(secret)({ sub: "ada", ttlSeconds: 60 });
    const verdict = await verifier.connection(token);
    expect(verdict).toMatchObject({ ok: true, claims: { user: "ada" } });
    expect(verdict.ok && verdict.claims.expiresAt).toBeGreaterThan(now + 50_000);
  });

  it("without sub is anonymous, and without exp does not expire", async () => {
    expect(await verifier.connection(await sign({}))).toEqual({ ok: true, claims: { user: "" } });
  });

  it("with expire_at 0 never expires, though the token does", async () => {
    const token = await sign({ sub: "ada", exp: seconds(60), expire_at: 0 });
    expect(await verifier.connection(token)).toEqual({ ok: true, claims: { user: "ada" } });
  });

  it("that has expired, or is not valid yet, can be cured by a new one", async () => {
    expect(await verifier.connection(await sign({ exp: seconds(-1) }))).toEqual({ ok: false, cause: "expired" });
    expect(await verifier.connection(await sign({ nbf: seconds(60) }))).toEqual({ ok: false, cause: "expired" });
  });

  it.each([
    ["is no token", () => "three.little.words"],
    ["is empty", () => ""],
    ["is too long", () => "x".repeat(9_000)],
    ["is unsigned (alg none)", () => new UnsecuredJWT({ sub: "ada" }).encode()],
    ["is signed by another algorithm", () => sign({ sub: "ada" }, "HS512")],
    ["is signed with another secret", () => createTokenSigner("another")({ sub: "ada", ttlSeconds: 60 })],
    ["is a subscription token", () => sign({ sub: "ada", channel: "orders:user#ada" })],
    ["has a user that is no text", () => sign({ sub: 42 as unknown as string })],
    ["has a user with control characters", () => sign({ sub: "a\nb" })],
  ])("that %s is invalid", async (_name, make) => {
    expect(await verifier.connection(await make())).toEqual({ ok: false, cause: "invalid" });
  });
});
