import { fileURLToPath } from "node:url";
import { DEV_API_KEY, DEV_TOKEN_SECRET, type Env } from "@bellwire/runtime";
import type { Options } from "./options.ts";

export type ServiceKind = "node" | "balancer" | "producer" | "storefront";

/** One service to be run: what it is called in the log, what it is told, and where it says that it is ready. */
export interface ServicePlan {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly env: Readonly<Record<string, string>>;
  readonly readyUrl: string;
}

/** Where RabbitMQ and Redis are; undefined when all services live in one process. */
export interface BackendUrls {
  readonly redisUrl: string;
  readonly amqpUrl: string;
}

const LOOPBACK = "127.0.0.1";

/** The nodes' configuration where none is given: what there is to see is on. */
const CONFIG = fileURLToPath(new URL("../nodes.json", import.meta.url));

/** All services of one cluster. Credentials that `given` (the environment) names win over the development ones. */
export function planServices(options: Options, urls: BackendUrls | undefined, given: Env): readonly ServicePlan[] {
  const { ports } = options;
  const config = options.config ?? (given.BELLWIRE_CONFIG || CONFIG);
  const common = {
    BELLWIRE_LOG_LEVEL: options.logLevel,
    BELLWIRE_TOKEN_SECRET: given.BELLWIRE_TOKEN_SECRET || DEV_TOKEN_SECRET,
    BELLWIRE_API_KEY: given.BELLWIRE_API_KEY || DEV_API_KEY,
    ...(urls && { BELLWIRE_REDIS_URL: urls.redisUrl, BELLWIRE_AMQP_URL: urls.amqpUrl }),
  };
  const nodes = Array.from({ length: options.nodes }, (_, index): ServicePlan => {
    const name = `node-${index + 1}`;
    return {
      name,
      kind: "node",
      env: {
        ...common,
        BELLWIRE_NODE_ID: name,
        BELLWIRE_NODE_HOST: LOOPBACK,
        BELLWIRE_NODE_PORT: String(ports.node + index),
        BELLWIRE_NODE_OPS_PORT: String(ports.nodeOps + index),
        BELLWIRE_CONFIG: config,
      },
      readyUrl: `http://${LOOPBACK}:${ports.nodeOps + index}/ready`,
    };
  });
  return [
    ...nodes,
    {
      name: "balancer",
      kind: "balancer",
      env: {
        ...common,
        BELLWIRE_BALANCER_HOST: options.host,
        BELLWIRE_BALANCER_PORT: String(ports.balancer),
        BELLWIRE_BALANCER_ADMIN_HOST: LOOPBACK,
        BELLWIRE_BALANCER_ADMIN_PORT: String(ports.admin),
        ...(options.strategy !== undefined && { BELLWIRE_BALANCER_STRATEGY: options.strategy }),
      },
      readyUrl: `http://${LOOPBACK}:${ports.admin}/ready`,
    },
    {
      name: "producer",
      kind: "producer",
      env: {
        ...common,
        BELLWIRE_PRODUCER_HOST: LOOPBACK,
        BELLWIRE_PRODUCER_PORT: String(ports.producer),
        BELLWIRE_SIMULATE: String(options.simulate),
      },
      readyUrl: `http://${LOOPBACK}:${ports.producer}/ready`,
    },
    {
      name: "storefront",
      kind: "storefront",
      env: {
        ...common,
        BELLWIRE_STOREFRONT_HOST: options.host,
        BELLWIRE_STOREFRONT_PORT: String(ports.storefront),
        BELLWIRE_PRODUCER_URL: `http://${LOOPBACK}:${ports.producer}`,
        BELLWIRE_PUBLIC_PORT: String(ports.balancer),
      },
      readyUrl: `http://${reachable(options.host)}:${ports.storefront}/ready`,
    },
  ];
}

/** An address that this machine can connect to, for one that may mean "all addresses". */
export function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return LOOPBACK;
  return host.includes(":") ? `[${host}]` : host;
}
