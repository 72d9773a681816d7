import { createMemoryCluster, MemoryRulebook } from "@bellwire/memory";
import { describe } from "vitest";
import { describeBusContract } from "./bus.contract.ts";
import { describeFeedContract } from "./feed.contract.ts";
import { describePresenceContract, MAX_PRESENT } from "./presence.contract.ts";
import { describeReceiptsContract, MAX_SHOWN_VERSIONS, MAX_WATCHED } from "./receipts.contract.ts";
import { describeRegistryContract, LIVENESS_MS, SWEEP_MS } from "./registry.contract.ts";
import { describeRulebookContract } from "./rulebook.contract.ts";
import { describeSessionsContract } from "./sessions.contract.ts";
import { describeStreamsContract } from "./streams.contract.ts";

function createCluster() {
  const cluster = createMemoryCluster({
    ...{ livenessMs: LIVENESS_MS, sweepMs: SWEEP_MS, joinGraceMs: 0, maxPresentPerNode: MAX_PRESENT },
    ...{ maxShownVersions: MAX_SHOWN_VERSIONS, maxWatched: MAX_WATCHED },
  });
  return { ...cluster, wipe: async () => cluster.wipe(), [Symbol.asyncDispose]: async () => undefined };
}

describe("memory", () => {
  describeStreamsContract("streams", async () => {
    const cluster = createCluster();
    return { ...cluster, other: cluster.streams };
  });
  describeSessionsContract("sessions", async () => createCluster());
  describePresenceContract("presence", async () => createCluster());
  describeReceiptsContract("receipts", async () => createCluster());
  describeRegistryContract("registry", async () => {
    const cluster = createCluster();
    return { ...cluster, other: cluster.registry };
  });
  describeRulebookContract("rulebook", async () => {
    const rulebook = new MemoryRulebook();
    return {
      ...{ rulebook, other: rulebook, wipe: async () => rulebook.wipe() },
      [Symbol.asyncDispose]: async () => undefined,
    };
  });
  describeBusContract("memory", async () => {
    const cluster = createCluster();
    return { ...cluster, join: async () => cluster.bus };
  });
  describeFeedContract("memory", async () => {
    const cluster = createCluster();
    const dead = async () =>
      cluster.dead().map(({ event, reason, tries }) => ({
        routingKey: event.routingKey,
        reason,
        tries,
        body: new TextDecoder().decode(event.body),
      }));
    return { ...cluster, join: async () => cluster.feed, sink: async () => cluster.sink, dead };
  });
});
