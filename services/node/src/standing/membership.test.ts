import { createMemoryCluster, systemClock } from "@bellwire/memory";
import { createLog } from "@bellwire/runtime";
import { expect, it } from "vitest";
import { Membership } from "./membership.ts";

const { log } = createLog("node", "silent");

it("leaves although the store is away", async () => {
  const cluster = createMemoryCluster({ clock: systemClock });
  const membership = new Membership({
    ...{ node: "node-1", registry: cluster.registry, log },
    record: () => record,
    onChange: () => undefined,
    onForgotten: async () => undefined,
    isCutOff: () => false,
  });
  await membership.start();
  cluster.fail(Number.POSITIVE_INFINITY);
  await membership.stop();
  cluster.fail(0);
  expect(await cluster.registry.roster()).toMatchObject([{ id: "node-1" }]);
});

const record = {
  ...{ id: "node-1", name: "node-1", version: "test", address: "127.0.0.1:1", opsAddress: "127.0.0.1:2" },
  ...{ ready: true, startedAt: 0, clients: 0, users: 0, subscriptions: 0, channels: 0 },
  state: "up",
} as const;
