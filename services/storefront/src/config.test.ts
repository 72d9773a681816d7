import { DEV_TOKEN_SECRET } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { readStorefrontConfig } from "./config.ts";

const env = { BELLWIRE_TOKEN_SECRET: DEV_TOKEN_SECRET };

describe("the storefront's configuration", () => {
  it("has a default for everything but the secret", () => {
    expect(readStorefrontConfig(env)).toMatchObject({
      port: 8020,
      producer: { url: "http://127.0.0.1:8010" },
      push: { urls: [], port: 8000 },
    });
    expect(() => readStorefrontConfig({})).toThrow(/BELLWIRE_TOKEN_SECRET/);
  });

  it("names every bad variable", () => {
    const bad = { ...env, BELLWIRE_STOREFRONT_PORT: "x", BELLWIRE_PUBLIC_URL: "http://a", BELLWIRE_PRODUCER_URL: "?" };
    expect(() => readStorefrontConfig(bad)).toThrow(/STOREFRONT_PORT.*PRODUCER_URL.*PUBLIC_URL/s);
  });

  it("refuses the development secret in production", () => {
    expect(() => readStorefrontConfig({ ...env, NODE_ENV: "production" })).toThrow(/public development value/);
  });

  it("takes several addresses of the cluster", () => {
    const { push } = readStorefrontConfig({ ...env, BELLWIRE_PUBLIC_URL: "wss://a/x, wss://b/x" });
    expect(push.urls).toEqual(["wss://a/x", "wss://b/x"]);
  });
});
