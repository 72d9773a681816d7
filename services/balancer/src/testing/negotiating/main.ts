import type { NodeRecord } from "@bellwire/hub";
import { createLog } from "@bellwire/runtime";
import { startBalancer } from "../../balancer.ts";
import { readBalancerConfig } from "../../config/config.ts";

/** A balancer in front of nodes that clients can reach themselves, at these ports of loopback; they need not announce themselves. */
const records = process.argv.slice(2).map((port): NodeRecord => {
  const address = `127.0.0.1:${port}`;
  return {
    ...{ id: `node-${port}`, name: `node-${port}`, version: "0", address, opsAddress: address },
    ...{ publicUrl: `ws://${address}/connection/websocket`, state: "up", ready: true, startedAt: 1 },
    ...{ clients: 0, users: 0, subscriptions: 0, channels: 0 },
  };
});
const { log } = createLog("balancer", "info");
const registry = { roster: async () => records };
const balancer = await startBalancer(readBalancerConfig(process.env), { log, registry, processMetrics: true });
process.once("SIGTERM", () => void balancer[Symbol.asyncDispose]().then(() => process.exit(0)));
