import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { parseSettings, readSettings } from "./settings.ts";

describe("the settings of a node", () => {
  it("without a file know the shop's namespaces", () => {
    const { namespaces } = readSettings(undefined);
    expect([...namespaces.keys()]).toEqual(["orders", "promo", "product"]);
    expect(namespaces.get("orders")).toMatchObject({ subscribe: "owner", publish: "nobody", skippable: false });
    expect(namespaces.get("promo")).toMatchObject({ subscribe: "anyone", skippable: true });
  });

  it("change single fields of a known namespace and add others with safe defaults", () => {
    const { namespaces } = parseSettings({
      namespaces: { orders: { historySize: 7 }, chat: { publish: "subscribers" } },
    });
    expect(namespaces.get("orders")).toMatchObject({ subscribe: "owner", history: { size: 7, ttlMs: 86_400_000 } });
    expect(namespaces.get("chat")).toMatchObject({ subscribe: "users", publish: "subscribers", history: { size: 0 } });
  });

  it("force recovery and positions unless told otherwise, and keep one publication where the latest is all that counts", () => {
    const { namespaces } = parseSettings({
      namespaces: {
        banner: { cache: true },
        ticker: { historySize: 5, forceRecovery: false, forcePositioning: false, delta: true },
      },
    });
    const forced = { forceRecovery: true, forcePositioning: true };
    expect(namespaces.get("banner")).toMatchObject({ ...forced, cache: true, delta: false, history: { size: 1 } });
    expect(namespaces.get("ticker")).toMatchObject({ forceRecovery: false, forcePositioning: false, delta: true });
    for (const name of ["orders", "promo", "product"])
      expect(namespaces.get(name)).toMatchObject({ ...forced, cache: false, delta: false });
  });

  it.each([
    ["a field that does not exist", { namespaces: { orders: { histroySize: 7 } } }, /histroySize/],
    ["a value out of bounds", { namespaces: { orders: { historySize: 1e9 } } }, /historySize/],
    ["a name that cannot be one", { namespaces: { "a b": {} } }, /a b/],
    ["a namespace without a name", { namespaces: { "": {} } }, /namespaces/],
    [
      "a backend's namespace without a backend",
      { namespaces: { club: { subscribe: "backend" } } },
      /namespaces\.club\.subscribe.*proxies\.subscribe/,
    ],
    [
      "a backend's publications without a backend",
      { defaultNamespace: { publish: "backend" } },
      /defaultNamespace\.publish.*proxies\.publish/,
    ],
    ["a proxy without an address", { proxies: { rpc: {} } }, /proxies\.rpc\.url/],
    ["a proxy that is no HTTP", { proxies: { rpc: { url: "file:///etc/passwd" } } }, /proxies\.rpc\.url/],
    [
      "a header that the node sets itself",
      { proxies: { rpc: { url: "http://x", headers: ["host"] } } },
      /proxies\.rpc\.headers/,
    ],
    [
      "a public key as a secret",
      { tokens: { secrets: [{ secret: "-----BEGIN PUBLIC KEY-----" }] } },
      /tokens\.secrets\[0\]/,
    ],
    ["a public key that is none", { tokens: { publicKeys: [{ pem: "x" }] } }, /tokens\.publicKeys\[0\]/],
    ["a key set that is no HTTP", { tokens: { jwks: { url: "ftp://x" } } }, /tokens\.jwks\.url/],
    ["an API key that is easily guessed", { apiKeys: ["1234"] }, /apiKeys\[0\]/],
    ["an origin that is none", { allowedOrigins: ["shop"] }, /allowedOrigins\[0\]/],
    ["a limit that does not exist", { limits: { speed: 1 } }, /speed/],
    [
      "slow limits that contradict each other",
      { limits: { slow: { softBytes: 2_000_000, hardBytes: 1_000_000, graceMs: 1 } } },
      /hardBytes/,
    ],
    ["a pong that may take longer than a ping", { limits: { pingSeconds: 5, pongMs: 8_000 } }, /pongMs/],
    ["no object", [], /BELLWIRE_CONFIG/],
  ])("refuse %s, and say where", (_name, value, where) => {
    expect(() => parseSettings(value)).toThrow(ConfigError);
    expect(() => parseSettings(value)).toThrow(where);
  });

  it("hold the default namespace, several keys and a bound for everything", () => {
    const { namespaces, tokens, apiKeys, limits } = parseSettings({
      $schema: "./config.schema.json",
      defaultNamespace: { subscribe: "anyone", cache: true },
      tokens: { secrets: [{ secret: "an-old-secret", kid: "1" }, { secret: "a-new-secret" }], audiences: ["push"] },
      apiKeys: ["a-first-key", "a-second-key"],
      limits: { commands: { burst: 5, perSecond: 1 } },
    });
    expect(namespaces.get("")).toMatchObject({ subscribe: "anyone", cache: true, history: { size: 1 } });
    expect(tokens.secrets.map(({ secret }) => secret)).toEqual(["an-old-secret", "a-new-secret"]);
    expect(apiKeys).toHaveLength(2);
    expect(limits).toMatchObject({ commands: { burst: 5 }, errors: { burst: 200 } });
  });

  it("show no piece of a file that is no JSON: it may hold secrets", () => {
    const file = join(mkdtempSync(join(tmpdir(), "bellwire-settings-")), "config.json");
    writeFileSync(file, '{"apiKeys":["a-key-of-ours"');
    expect(() => readSettings(file)).toThrow(/is no JSON/);
    expect(() => readSettings(file)).not.toThrow(/a-key-of-ours/);
  });

  it("refuse a file that is not there", () => {
    expect(() => readSettings("/no/such/file.json")).toThrow(/BELLWIRE_CONFIG: \/no\/such\/file.json/);
  });
});
