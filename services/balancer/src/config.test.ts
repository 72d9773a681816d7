import { ConfigError } from "@bellwire/runtime";
import { describe, expect, it } from "vitest";
import { readBalancerConfig } from "./config.ts";
import { defaultHealthRules } from "./health.ts";
import { defaultLimits } from "./limits.ts";

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
  ])("refuses %s=%s by name", (name, value) => {
    expect(() => readBalancerConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readBalancerConfig({ [name]: value })).toThrow(name);
  });
});
