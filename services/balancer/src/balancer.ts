import { once } from "node:events";
import { Agent, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "@bellwire/hub";
import { createMetrics, type Log, type RunningService } from "@bellwire/runtime";
import { createAdmin } from "./admin.ts";
import { Checks } from "./checks.ts";
import type { BalancerConfig } from "./config.ts";
import type { Forwarding } from "./forwarding.ts";
import { createFront, type Front } from "./front.ts";
import { createPoolGauges } from "./metrics.ts";
import { createObserver } from "./observe.ts";
import { Pool } from "./pool.ts";
import { RosterWatch } from "./roster-watch.ts";
import { strategies } from "./strategies/table.ts";
import { Sweep } from "./sweep.ts";

/** A running balancer. Disposing stops accepting, waits for the tunnels up to the drain limit, then cuts them. */
export type RunningBalancer = RunningService & { readonly port: number; readonly adminPort: number };

const KEPT_PER_NODE = 32;

/** Starts both ports. Rejects when one is taken. Without a registry only the static nodes are known. */
export async function startBalancer(
  config: BalancerConfig,
  parts: { readonly log: Log; readonly registry?: Pick<Registry, "roster">; readonly processMetrics?: boolean },
): Promise<RunningBalancer> {
  const { log, registry } = parts;
  const clock = (): number => performance.now();
  const random = Math.random;
  const { limits } = config;
  await using starting = new AsyncDisposableStack();
  const metrics = createMetrics({ processMetrics: parts.processMetrics ?? false });
  const observer = createObserver(log, metrics);
  const pool = new Pool({
    strategy: strategies[config.strategy],
    rules: { health: config.health, staticHealthPath: config.healthPath, absentMs: config.roster.absentMs },
    nodes: config.nodes,
    observer,
    clock,
    random,
  });
  createPoolGauges(metrics, pool);
  if (registry !== undefined) {
    const watch = starting.use(new RosterWatch({ registry, pool, observer, everyMs: config.roster.everyMs }));
    void watch.look();
  }
  starting.use(new Checks({ pool, rules: config.health, clock, random }));
  const sweep = starting.use(new Sweep(clock));
  const agent = starting.adopt(new Agent({ keepAlive: true, maxFreeSockets: KEPT_PER_NODE }), (kept) => kept.destroy());
  const forwarding: Forwarding = { pool, sweep, limits, observer, random, agent };
  const front = createFront(forwarding);
  let stopping = false;
  const admin = createAdmin({ metrics, pool, strategy: config.strategy, stopping: () => stopping });
  starting.defer(() => admin.close());
  await admin.listen({ host: config.adminHost, port: config.adminPort });
  starting.defer(() => {
    stopping = true;
    return drain(front, sweep, limits.drainMs, log);
  });
  const adminPort = (admin.server.address() as AddressInfo).port;
  const port = await listen(front.server, config.host, config.port);
  log.info({ port, adminPort, strategy: config.strategy, nodes: config.nodes.length }, "balancer serves");
  const held = starting.move();
  return { port, adminPort, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, backlog: 4_096 });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function drain(front: Front, sweep: Sweep, drainMs: number, log: Log): Promise<void> {
  if (!front.server.listening) return;
  front.stopTaking();
  const closed = once(front.server, "close");
  front.server.close();
  const deadline = setTimeout(() => {
    log.warn({ cut: sweep.size }, "drain limit reached; cutting what is left");
    sweep.cutAll();
    front.server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(deadline);
}
