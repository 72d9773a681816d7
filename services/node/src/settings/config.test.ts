import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNodeConfig } from "./config.ts";

const env = { BELLWIRE_TOKEN_SECRET: "a-secret-of-ours", BELLWIRE_API_KEY: "a-key-of-ours" };
const production = { ...env, NODE_ENV: "production" };
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = publicKey.export({ type: "spki", format: "pem" }) as string;

function fileWith(settings: object): string {
  const file = join(mkdtempSync(join(tmpdir(), "bellwire-config-")), "config.json");
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

describe("the configuration of a node", () => {
  it("takes keys and names from the environment and the file together", () => {
    const BELLWIRE_CONFIG = fileWith({
      tokens: { secrets: [{ secret: "another-secret", kid: "2" }], audiences: ["push"], jwks: { url: "https://id/1" } },
      apiKeys: ["another-key"],
      allowedOrigins: ["https://a.example"],
    });
    const config = readNodeConfig({
      ...{ ...env, BELLWIRE_CONFIG, BELLWIRE_TOKEN_AUDIENCES: "shop", BELLWIRE_TOKEN_ISSUERS: "https://id" },
      ...{ BELLWIRE_TOKEN_JWKS_URL: "https://id/2", BELLWIRE_TOKEN_PUBLIC_KEY: pem, BELLWIRE_ALLOW_ANONYMOUS: "true" },
      BELLWIRE_ALLOWED_ORIGINS: "https://b.example",
    });
    expect(config).toMatchObject({
      tokens: {
        secrets: [{ secret: "a-secret-of-ours" }, { secret: "another-secret", kid: "2" }],
        publicKeys: [{ pem }],
        ...{ audiences: ["push", "shop"], issuers: ["https://id"], jwks: { url: "https://id/2" } },
        ...{ allowAnonymous: true, insecure: false },
      },
      apiKeys: ["a-key-of-ours", "another-key"],
      allowedOrigins: ["https://a.example", "https://b.example"],
    });
  });

  it("needs no secret where another key is given, and no API key but one", () => {
    const { BELLWIRE_API_KEY } = env;
    expect(readNodeConfig({ BELLWIRE_API_KEY, BELLWIRE_TOKEN_PUBLIC_KEY: pem }).tokens.secrets).toEqual([]);
    const BELLWIRE_CONFIG = fileWith({
      apiKeys: ["a-key-of-the-file"],
      tokens: { secrets: [{ secret: "its-secret" }] },
    });
    expect(readNodeConfig({ BELLWIRE_CONFIG }).apiKeys).toEqual(["a-key-of-the-file"]);
  });

  it.each([
    ["no key for tokens", { BELLWIRE_API_KEY: "a-key-of-ours" }, /BELLWIRE_TOKEN_SECRET.*must be set/],
    ["no API key", { BELLWIRE_TOKEN_SECRET: "a-secret-of-ours" }, /BELLWIRE_API_KEY.*must be set/],
    ["a public key as the secret", { ...env, BELLWIRE_TOKEN_SECRET: pem }, /BELLWIRE_TOKEN_PUBLIC_KEY/],
    [
      "a private key as the public one",
      { ...env, BELLWIRE_TOKEN_PUBLIC_KEY: privateKey.export({ type: "pkcs8", format: "pem" }) as string },
      /BELLWIRE_TOKEN_PUBLIC_KEY.*private/,
    ],
    ["a key set that is no URL", { ...env, BELLWIRE_TOKEN_JWKS_URL: "keys" }, /BELLWIRE_TOKEN_JWKS_URL/],
    [
      "required tickets without a secret for them",
      { BELLWIRE_API_KEY: "a-key-of-ours", BELLWIRE_TOKEN_PUBLIC_KEY: pem, BELLWIRE_NODE_REQUIRE_TICKET: "true" },
      /BELLWIRE_TICKET_SECRET/,
    ],
    ["insecure mode in production", { ...production, BELLWIRE_INSECURE: "true" }, /BELLWIRE_INSECURE/],
    [
      "insecure mode in a file in production",
      { ...production, BELLWIRE_CONFIG: fileWith({ tokens: { insecure: true } }) },
      /BELLWIRE_INSECURE/,
    ],
    [
      "the development secret in a file in production",
      { ...production, BELLWIRE_CONFIG: fileWith({ tokens: { secrets: [{ secret: "bellwire-dev-secret" }] } }) },
      /BELLWIRE_TOKEN_SECRET is the public development value/,
    ],
    [
      "the development key in a file in production",
      { ...production, BELLWIRE_CONFIG: fileWith({ apiKeys: ["bellwire-dev-key"] }) },
      /BELLWIRE_API_KEY is the public development value/,
    ],
  ])("refuses %s, and shows no secret", (_name, given, why) => {
    expect(() => readNodeConfig(given)).toThrow(why);
    expect(() => readNodeConfig(given)).not.toThrow(/of-ours|PRIVATE KEY-----\n/);
  });

  it("allows insecure mode in development, and in production by name", () => {
    expect(readNodeConfig({ BELLWIRE_API_KEY: "a-key-of-ours", BELLWIRE_INSECURE: "true" }).tokens.insecure).toBe(true);
    const byName = { ...production, BELLWIRE_INSECURE: "true", BELLWIRE_ALLOW_DEV_CREDENTIALS: "true" };
    expect(readNodeConfig(byName).tokens.insecure).toBe(true);
  });
});
