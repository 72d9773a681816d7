import { readFile } from "node:fs/promises";
import { ConfigError } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../forwarding/limits.ts";
import { defaultEjectionRules } from "../health/ejection.ts";
import { defaultHealthRules } from "../health/health.ts";
import { strategies } from "../strategies/table.ts";
import { readBalancerConfig } from "./config.ts";
import { controlShape } from "./control.ts";
import { doorsShape } from "./doors.ts";
import { healthShape } from "./health.ts";
import { limitsShape } from "./limits.ts";

describe("the balancer's configuration", () => {
  it("has a default for everything", () => {
    const config = readBalancerConfig({});
    expect(config).toMatchObject({
      port: 8000,
      adminPort: 8001,
      adminHost: "127.0.0.1",
      nodes: [],
      prefix: "bellwire",
    });
    expect(config.limits).toEqual(defaultLimits);
    expect(config.health).toEqual(defaultHealthRules);
    expect(config.ejection).toEqual(defaultEjectionRules);
    expect(config.doors.proxy).toBeUndefined();
    expect(config.doors.tls).toBeUndefined();
    expect(config.doors.sticky.kind).toBe("none");
    expect(config.hashBalance).toBeUndefined();
    expect(config.redisUrl).toBeUndefined();
  });

  it("reads nodes with weights, IPv6 and names included", () => {
    const { nodes } = readBalancerConfig({ BELLWIRE_BALANCER_NODES: "127.0.0.1:9001*5, [::1]:9002 ,node-3:9003" });
    expect(nodes).toEqual([
      { address: { host: "127.0.0.1", port: 9001 }, weight: 5 },
      { address: { host: "::1", port: 9002 }, weight: 1 },
      { address: { host: "node-3", port: 9003 }, weight: 1 },
    ]);
  });

  it.each([
    ["BELLWIRE_BALANCER_NODES", "127.0.0.1"],
    ["BELLWIRE_BALANCER_NODES", "127.0.0.1:99999"],
    ["BELLWIRE_BALANCER_NODES", "a:1*0"],
    ["BELLWIRE_BALANCER_NODES", "a:1*2*3"],
    ["BELLWIRE_BALANCER_NODES", "a:1,a:1"],
    ["BELLWIRE_BALANCER_STRATEGY", "best"],
    ["BELLWIRE_BALANCER_HEALTH_PATH", "health"],
    ["BELLWIRE_REDIS_URL", "http://redis"],
    ["BELLWIRE_BALANCER_IDLE_MS", "soon"],
    ["BELLWIRE_BALANCER_PORT", "70000"],
    ["BELLWIRE_BALANCER_HASH_BALANCE", "0.9"],
    ["BELLWIRE_BALANCER_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["BELLWIRE_BALANCER_XFF_HOPS", "0"],
    ["BELLWIRE_BALANCER_STICKY_NAME", "a b"],
    ["BELLWIRE_BALANCER_PROXY_PORT", "8002"],
    ["BELLWIRE_BALANCER_PROXY_TLS", "true"],
    ["BELLWIRE_BALANCER_TLS_PORT", "8443"],
    ["BELLWIRE_BALANCER_STICKY", "cookie"],
    ["BELLWIRE_BALANCER_COOKIE_SECRET", "short"],
    ["BELLWIRE_BALANCER_ADMIN_TOKEN", "short"],
    ["BELLWIRE_BALANCER_REBALANCE", "maybe"],
    ["BELLWIRE_BALANCER_REUSE_PORT", "1"],
    ["BELLWIRE_BALANCER_PUBLIC_URL", "http://push.shop/"],
    ["BELLWIRE_BALANCER_SOURCE_ADDRESSES", "127.0.0.1,here"],
  ])("refuses %s=%s by name", (name, value) => {
    expect(() => readBalancerConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readBalancerConfig({ [name]: value })).toThrow(name);
  });

  it("does not show a secret that it refuses", () => {
    expect(() => readBalancerConfig({ BELLWIRE_BALANCER_COOKIE_SECRET: "hush" })).not.toThrow("hush");
  });

  it("takes every strategy by name, and source hash for stickiness too", () => {
    for (const name of Object.keys(strategies))
      expect(readBalancerConfig({ BELLWIRE_BALANCER_STRATEGY: name }).strategy).toBe(name);
    expect(readBalancerConfig({ BELLWIRE_BALANCER_STICKY: "source-hash" }).strategy).toBe("source-hash");
  });

  it("has every variable in the README, with its default", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const { limits } = readBalancerConfig({});
    for (const name of Object.keys({ ...limitsShape, ...healthShape, ...doorsShape, ...controlShape }))
      expect(readme).toContain(`\`${name}\``);
    const documented = (name: string) => new RegExp(`\\| \`${name}\` +\\| \`(\\d+)\``).exec(readme)?.[1];
    for (const [field, value] of Object.entries(limits)) {
      const name = `BELLWIRE_BALANCER_${field.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
      expect([name, documented(name)]).toEqual([name, String(value)]);
    }
  });
});
