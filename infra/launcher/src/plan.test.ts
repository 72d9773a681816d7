import { resolve } from "node:path";
import { readNodeConfig } from "@bellwire/node";
import { expect, it } from "vitest";
import { readOptions } from "./options.ts";
import { planServices } from "./plan.ts";

const plan = (args: string[], given: Record<string, string> = {}) => {
  const options = readOptions(args);
  if (!("ports" in options)) throw new Error("not options");
  return planServices(options, { redisUrl: "redis://127.0.0.1:1", amqpUrl: "amqp://127.0.0.1:2" }, given);
};

it("plans each node with a name and ports of its own, and one of each other service", () => {
  const plans = plan(["--nodes", "2", "--node-port", "9101", "--node-ops-port", "9201"]);
  expect(plans.map(({ name }) => name)).toEqual(["node-1", "node-2", "balancer", "producer", "storefront"]);
  expect(plans[1]?.env).toMatchObject({
    BELLWIRE_NODE_ID: "node-2",
    BELLWIRE_NODE_PORT: "9102",
    BELLWIRE_NODE_OPS_PORT: "9202",
    BELLWIRE_REDIS_URL: "redis://127.0.0.1:1",
    BELLWIRE_AMQP_URL: "amqp://127.0.0.1:2",
  });
});

it("uses the development credentials only where none are given", () => {
  expect(plan([])[0]?.env).toMatchObject({
    BELLWIRE_TOKEN_SECRET: "bellwire-dev-secret",
    BELLWIRE_API_KEY: "bellwire-dev-key",
  });
  const given = { BELLWIRE_TOKEN_SECRET: "a secret of our own" };
  for (const { env } of plan([], given)) expect(env.BELLWIRE_TOKEN_SECRET).toBe("a secret of our own");
});

it("gives every node the configuration file, by its absolute path", () => {
  const nodes = plan(["--config", "shop.json"]).filter(({ kind }) => kind === "node");
  expect(nodes.map(({ env }) => env.BELLWIRE_CONFIG)).toEqual(nodes.map(() => resolve("shop.json")));
  expect(plan([], { BELLWIRE_CONFIG: "/etc/shop.json" })[0]?.env.BELLWIRE_CONFIG).toBe("/etc/shop.json");
});

it("turns proof of display on where no configuration is given", () => {
  for (const { env } of plan([], { BELLWIRE_CONFIG: "" }).filter(({ kind }) => kind === "node"))
    expect(readNodeConfig(env).shown).toEqual({ namespaces: ["orders"], events: false });
});

it("opens only the balancer and the page to the given host, and asks for readiness on an address it can reach", () => {
  const plans = plan(["--host", "0.0.0.0"]);
  const hosts = plans.flatMap(({ env }) => Object.entries(env).filter(([name]) => name.endsWith("_HOST")));
  expect(hosts.filter(([, host]) => host === "0.0.0.0").map(([name]) => name)).toEqual([
    "BELLWIRE_BALANCER_HOST",
    "BELLWIRE_STOREFRONT_HOST",
  ]);
  for (const { readyUrl } of plans) expect(readyUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ready$/);
});
