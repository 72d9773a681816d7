import { createMemoryCluster } from "@bellwire/memory";
import { run } from "../../../packages/runtime/src/index.ts";
import { readNodeConfig, startNode } from "../../../services/node/src/index.ts";

// A node as services/node starts it, but for RabbitMQ and Redis: what is tried here is its doors.
await run("node", (log) => startNode(readNodeConfig(process.env), { log, ...createMemoryCluster() }), {
  level: "info",
  deadlineMs: 10_000,
});
