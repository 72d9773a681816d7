import { readBalancerConfig, startBalancer } from "@bellwire/balancer";
import { createMemoryCluster, type MemoryCluster } from "@bellwire/memory";
import { readNodeConfig, startNode } from "@bellwire/node";
import { createMemoryOrderStore, readProducerConfig, startProducer } from "@bellwire/producer";
import type { Log, RunningService } from "@bellwire/runtime";
import { readStorefrontConfig, startStorefront } from "@bellwire/storefront";
import type { ServicePlan } from "../plan.ts";

/** Starts all planned services in this process, joined by memory alone. A start that fails ends those before it. Disposing drains all at once. */
export async function startEmbedded(plans: readonly ServicePlan[], log: Log): Promise<RunningService> {
  const cluster = createMemoryCluster();
  const running: AsyncDisposable[] = [];
  const dispose = async () => {
    // At once: the balancer waits for connections that the nodes hand over.
    const ends = await Promise.allSettled(running.map((service) => service[Symbol.asyncDispose]()));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  };
  try {
    for (const plan of plans) running.push(await startService(plan, cluster, log.child({ service: plan.name })));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { [Symbol.asyncDispose]: dispose };
}

function startService({ kind, env }: ServicePlan, cluster: MemoryCluster, log: Log): Promise<AsyncDisposable> {
  const { streams, sessions, presence, receipts, registry, bus, feed, sink, seen } = cluster;
  switch (kind) {
    case "node":
      return startNode(readNodeConfig(env), { log, streams, sessions, presence, receipts, registry, bus, feed, seen });
    case "balancer":
      return startBalancer(readBalancerConfig(env), { log, registry });
    case "producer": {
      const config = readProducerConfig(env);
      return startProducer(config, { log, store: createMemoryOrderStore(config.limits), sink, processMetrics: false });
    }
    case "storefront":
      return startStorefront(readStorefrontConfig(env), { log });
    default:
      throw new Error(`unknown service ${String(kind satisfies never)}`);
  }
}
