import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createTokenSigner, createTokenVerifier, publicKey, secretKey } from "./index.ts";

const secret = "a-secret-of-the-tests";
const now = Date.now();
const own = createSecretKey(Buffer.from(secret));
const verifier = createTokenVerifier({ keys: [secretKey(secret)], now: () => now });
const seconds = (offset: number) => Math.floor(now / 1_000) + offset;
const sign = (claims: Record<string, unknown>, header: { alg: string; kid?: string } = { alg: "HS256" }, key = own) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);
const invalid = { ok: false, cause: "invalid" };
const expired = { ok: false, cause: "expired" };

/** A token with any header, signed as HS256 would be, whatever the header says. */
function forge(header: object, claims: object, key: string | Buffer): string {
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}

const pairs = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  p256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
  ed25519: generateKeyPairSync("ed25519"),
} as const;
const pemOf = (key: KeyObject) => key.export({ type: "spki", format: "pem" }) as string;

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

  it("with expire_at lets the connection live on past the token's own end", async () => {
    const token = await sign({ sub: "ada", exp: seconds(60), expire_at: seconds(600) });
    expect(await verifier.connection(token)).toMatchObject({ claims: { expiresAt: seconds(600) * 1_000 } });
  });

  it("says what to subscribe its client to, by name or with what the subscription comes with", async () => {
    const token = await sign({
      sub: "ada",
      info: { name: "Ada" },
      meta: { tier: 2 },
      channels: ["promo:all", "news"],
      subs: {
        news: { info: { vip: true }, data: [1], override: { presence: { value: true }, join_leave: { value: false } } },
        "orders:user#ada": { b64info: Buffer.from('{ "a": 1 }').toString("base64"), b64data: btoa("2"), data: 3 },
      },
    });
    expect(await verifier.connection(token)).toEqual({
      ok: true,
      claims: {
        user: "ada",
        info: '{"name":"Ada"}',
        meta: '{"tier":2}',
        subscriptions: new Map<string, object>([
          ["promo:all", {}],
          ["news", { info: '{"vip":true}', data: "[1]", override: { presence: true, joinLeave: false } }],
          ["orders:user#ada", { info: '{"a":1}', data: "2" }],
        ]),
      },
    });
  });

  it("that has expired, or is not valid yet, can be cured by a new one", async () => {
    expect(await verifier.connection(await sign({ exp: seconds(-1) }))).toEqual(expired);
    expect(await verifier.connection(await sign({ nbf: seconds(60) }))).toEqual(expired);
  });

  it.each([
    ["is no token", () => "three.little.words"],
    ["is empty", () => ""],
    ["is nothing but dots", () => "..."],
    ["has a part too many", async () => `${await sign({ sub: "ada" })}.x`],
    ["has lost its signature", async () => (await sign({ sub: "ada" })).replace(/[^.]+$/, "")],
    ["has lost a byte of its signature", async () => (await sign({ sub: "ada" })).slice(0, -2)],
    ["is too long", () => "x".repeat(9_000)],
    ["is unsigned (alg none)", () => new UnsecuredJWT({ sub: "ada" }).encode()],
    ["says none in other letters", () => forge({ alg: "nOnE" }, { sub: "ada" }, secret)],
    ["says HS512 but is signed as HS256", () => forge({ alg: "HS512" }, { sub: "ada" }, secret)],
    ["says RS256 but is signed with the secret", () => forge({ alg: "RS256" }, { sub: "ada" }, secret)],
    ["names an extension that must be understood", () => forge({ alg: "HS256", crit: ["x"] }, { sub: "a" }, secret)],
    ["is signed with another secret", () => createTokenSigner("another")({ sub: "ada", ttlSeconds: 60 })],
    ["is a subscription token", () => sign({ sub: "ada", channel: "orders:user#ada" })],
    ["has a user that is no text", () => sign({ sub: 42 as unknown as string })],
    ["has a user with control characters", () => sign({ sub: "a\nb" })],
    ["names a channel that cannot be one", () => sign({ sub: "ada", channels: ["a b"] })],
    ["has info that is no JSON", () => sign({ sub: "ada", b64info: btoa("{") })],
    ["has a payload that is no object", () => forge({ alg: "HS256" }, [], secret)],
    ["ends at a time that is no number", () => forge({ alg: "HS256" }, { exp: "never" }, secret)],
  ])("that %s is invalid", async (_name, make) => {
    expect(await verifier.connection(await make())).toEqual(invalid);
  });
});

describe("the algorithm of a token", () => {
  it.each(["HS256", "HS384", "HS512"])("%s is verified with a secret", async (alg) => {
    expect(await verifier.connection(await sign({ sub: "ada" }, { alg }))).toMatchObject({ ok: true });
  });

  it.each([
    ["RS256", "rsa"],
    ["RS384", "rsa"],
    ["RS512", "rsa"],
    ["ES256", "p256"],
    ["ES384", "p384"],
    ["ES512", "p521"],
    ["EdDSA", "ed25519"],
  ] as const)("%s is verified with a public key of the type %s, and with no other", async (alg, type) => {
    const token = await sign({ sub: "ada" }, { alg }, pairs[type].privateKey);
    const withKey = (name: keyof typeof pairs) =>
      createTokenVerifier({ keys: [publicKey(pemOf(pairs[name].publicKey))], now: () => now }).connection(token);
    for (const name of Object.keys(pairs) as (keyof typeof pairs)[])
      expect(await withKey(name), name).toMatchObject(name === type ? { ok: true } : invalid);
  });

  it("is never HS with a public key as the secret, however the key is written down", async () => {
    const pem = pemOf(pairs.rsa.publicKey);
    const publicOnly = createTokenVerifier({ keys: [publicKey(pem)], now: () => now });
    const der = pairs.rsa.publicKey.export({ type: "spki", format: "der" });
    for (const bytes of [pem, pem.trim(), der])
      expect(await publicOnly.connection(forge({ alg: "HS256" }, { sub: "ada" }, bytes))).toEqual(invalid);
    expect(() => secretKey(pem)).toThrow(/public key/);
  });

  it("is the one that the key is kept to", async () => {
    const only = createTokenVerifier({ keys: [secretKey(secret, { algorithm: "HS512" })], now: () => now });
    expect(await only.connection(await sign({}, { alg: "HS512" }))).toMatchObject({ ok: true });
    expect(await only.connection(await sign({}))).toEqual(invalid);
    expect(() => secretKey(secret, { algorithm: "ES256" })).toThrow(/ES256/);
  });

  it.each([
    ["a short RSA key", pemOf(generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey), /1024 bits/],
    ["a private key", pairs.p256.privateKey.export({ type: "pkcs8", format: "pem" }) as string, /private/],
    ["another curve", pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey), /secp256k1/],
    ["another type", pemOf(generateKeyPairSync("x25519").publicKey), /x25519/],
    ["no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", /no public key/],
  ])("needs a key fit for it: %s is refused", (_name, pem, why) => {
    expect(() => publicKey(pem)).toThrow(why);
  });
});

describe("several keys", () => {
  const both = createTokenVerifier({
    keys: [secretKey("the-old-one", { kid: "1" }), secretKey(secret, { kid: "2" }), secretKey("any-token")],
    now: () => now,
  });

  it("all verify, so that one can be exchanged for another", async () => {
    for (const key of ["the-old-one", secret, "any-token"])
      expect(await both.connection(await createTokenSigner(key)({ sub: "ada", ttlSeconds: 60 }))).toMatchObject({
        ok: true,
      });
  });

  it("are told apart by the name that the token gives", async () => {
    expect(await both.connection(await sign({}, { alg: "HS256", kid: "2" }))).toMatchObject({ ok: true });
    expect(await both.connection(await sign({}, { alg: "HS256", kid: "1" }))).toEqual(invalid);
  });
});

describe("audience and issuer", () => {
  const strict = createTokenVerifier({
    keys: [secretKey(secret)],
    audiences: ["push", "shop"],
    issuers: ["https://id.shop.example"],
    now: () => now,
  });
  const iss = "https://id.shop.example";

  it("must be among the configured ones", async () => {
    for (const aud of ["push", ["other", "shop"]])
      expect(await strict.connection(await sign({ aud, iss }))).toMatchObject({ ok: true });
    for (const claims of [{ iss }, { aud: "push" }, { aud: "other", iss }, { aud: [], iss }, { aud: "push", iss: "x" }])
      expect(await strict.connection(await sign(claims)), JSON.stringify(claims)).toEqual(invalid);
    expect(await strict.subscription(await sign({ channel: "news" }))).toEqual(invalid);
  });
});

describe("a subscription token", () => {
  it("names its user, channel, client and what the subscription comes with", async () => {
    const token = await sign({
      sub: "ada",
      channel: "$vip:1",
      client: "c1",
      info: { vip: true },
      exp: seconds(60),
      override: { force_recovery: { value: true } },
    });
    expect(await verifier.subscription(token)).toEqual({
      ok: true,
      claims: {
        user: "ada",
        channel: "$vip:1",
        client: "c1",
        grant: { info: '{"vip":true}', expiresAt: seconds(60) * 1_000, override: { forceRecovery: true } },
      },
    });
  });

  it("with expire_at 0 opens a subscription without end", async () => {
    const token = await sign({ sub: "ada", channel: "$vip:1", exp: seconds(60), expire_at: 0 });
    expect(await verifier.subscription(token)).toMatchObject({ ok: true, claims: { grant: {} } });
  });

  it("that has expired can be cured by a new one", async () => {
    expect(await verifier.subscription(await sign({ channel: "$vip:1", exp: seconds(-1) }))).toEqual(expired);
  });

  it("without a channel is none: a connection token subscribes to nothing", async () => {
    expect(await verifier.subscription(await sign({ sub: "ada" }))).toEqual(invalid);
  });
});
