import { once } from "node:events";
import { Agent } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry, Rulebook } from "@bellwire/hub";
import { createMetrics, type Log, type RunningService } from "@bellwire/runtime";
import { createAdmin } from "./admin/app.ts";
import { Arrivals } from "./admission/arrivals.ts";
import { readDescriptorLimit, withinDescriptors } from "./admission/descriptors.ts";
import type { BalancerConfig } from "./config/config.ts";
import { createControls, createLedger } from "./control.ts";
import { createFront, type Front } from "./doors/front.ts";
import { openSideDoors, type SideDoors } from "./doors/side-doors.ts";
import type { Forwarding } from "./forwarding/forwarding.ts";
import type { Limits } from "./forwarding/limits.ts";
import { RetryBudget } from "./forwarding/retry-budget.ts";
import { Sweep } from "./forwarding/sweep.ts";
import { Checks } from "./health/checks.ts";
import { addressesOf } from "./names/addresses-of.ts";
import { NameWatch } from "./names/name-watch.ts";
import { createPoolGauges } from "./observing/metrics.ts";
import { createObserver } from "./observing/observe.ts";
import { Pool } from "./pool/pool.ts";
import { RosterWatch } from "./pool/roster-watch.ts";
import { proveOwn, SourceAddresses } from "./sources/source-addresses.ts";
import { createStickiness } from "./sticky/kinds.ts";
import type { Listener } from "./wires/listener.ts";
import { openListener } from "./wires/open-listener.ts";

/** A running balancer. Disposing stops accepting, waits for the tunnels up to the drain limit, then cuts them. */
export type RunningBalancer = RunningService & {
  readonly port: number;
  readonly adminPort: number;
  /** Undefined unless configured. */
  readonly tlsPort: number | undefined;
  readonly proxyPort: number | undefined;
};

const KEPT_PER_NODE = 32;

/** Starts both ports. Rejects when one is taken. Without a registry only the static nodes are known. */
export async function startBalancer(
  config: BalancerConfig,
  parts: {
    readonly log: Log;
    readonly registry?: Pick<Registry, "roster">;
    /** Where operators' orders stand for all balancers. */
    readonly rulebook?: Rulebook;
    readonly processMetrics?: boolean;
  },
): Promise<RunningBalancer> {
  const { log, registry, rulebook } = parts;
  const clock = (): number => performance.now();
  const random = Math.random;
  await proveOwn(config.sources);
  const limits = await fitLimits(config.limits, log);
  await using starting = new AsyncDisposableStack();
  const metrics = createMetrics({ processMetrics: parts.processMetrics ?? false });
  const observer = createObserver(log, metrics);
  const ledger = createLedger(config.control, clock);
  const pool = new Pool({
    strategy: config.strategy,
    rules: {
      health: config.health,
      ejection: config.ejection,
      staticHealthPath: config.healthPath,
      absentMs: config.roster.absentMs,
      slowStartMs: config.slowStartMs,
      shedPerSecond: config.shedPerSecond,
      panicBelow: config.panicBelow,
      nodeConnections: limits.nodeConnections,
      hashBalance: config.hashBalance,
    },
    nodes: config.nodes,
    observer,
    clock,
    random,
    chosen: (choice) => ledger.choices.add(choice),
    ...(config.sources.length > 0 && { sources: new SourceAddresses(config.sources, random) }),
    arrived: (node, clients) => ledger.reservations.came(node, clients),
  });
  createPoolGauges(metrics, pool);
  starting.use(new Checks({ pool, rules: config.health, clock, random }));
  const sweep = starting.use(new Sweep(clock));
  const agent = starting.adopt(new Agent({ keepAlive: true, maxFreeSockets: KEPT_PER_NODE }), (kept) => kept.destroy());
  const retries = new RetryBudget({ share: limits.retryPercent / 100, reserve: limits.retryReserve });
  const stickiness = createStickiness(config.doors.sticky);
  const forwarding: Forwarding = { pool, sweep, limits, observer, retries, stickiness, random, agent };
  const { everyMs } = config.roster;
  const controls = starting.use(
    createControls(config.control, {
      ...{ pool, ledger, rulebook, rulebookMs: everyMs, observer, log, clock, random },
    }),
  );
  await controls.standing.look();
  if (config.resolveMs > 0)
    void starting.use(new NameWatch({ pool, lookup: addressesOf, everyMs: config.resolveMs, log })).look();
  if (registry !== undefined) {
    const watch = starting.use(new RosterWatch({ registry, pool, observer, everyMs }));
    void watch.look();
  }
  const arrivals = new Arrivals({ limits, trust: config.doors.trust, observer, clock });
  const greetings = starting.use(new Sweep(clock));
  const front = createFront(forwarding, { arrivals, greetings, negotiate: controls.door });
  let stopping = false;
  const { adminToken: token, drainNodeMs, reusePort } = config.control;
  const sticky = config.doors.sticky.kind !== "none";
  const stopped = () => stopping;
  const admin = await createAdmin({ metrics, pool, controls, token, drainNodeMs, sticky, stopping: stopped, log });
  starting.defer(() => admin.close());
  await admin.listen({ host: config.adminHost, port: config.adminPort });
  const adminPort = (admin.server.address() as AddressInfo).port;
  const { host, doors, strategy } = config;
  const sides = starting.use(await openSideDoors(doors, { host, reusePort, front, forwarding, log }));
  const listener = await openListener(
    config.io,
    { host, port: config.port, reusePort },
    {
      onWire: (wire) => front.take(wire),
      onStarved: (error) => log.error({ err: error }, "nobody can be accepted for a moment"),
      log,
    },
  );
  starting.defer(() => {
    stopping = true;
    const ports = { listener, sides };
    return drain(front, ports, { arrivals, sweep, drainMs: limits.drainMs, handsOver: reusePort, log });
  });
  const { port, io } = listener;
  const { tlsPort, proxyPort } = sides;
  log.info({ port, tlsPort, proxyPort, adminPort, strategy, io, nodes: config.nodes.length }, "balancer serves");
  const held = starting.move();
  return { port, tlsPort, proxyPort, adminPort, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** The limits that the system's own on open files leaves room for; what is cut is said. */
async function fitLimits(limits: Limits, log: Log): Promise<Limits> {
  const descriptors = await readDescriptorLimit();
  const fitting = descriptors === undefined ? limits : withinDescriptors(limits, descriptors);
  const { open, connections } = fitting;
  if (fitting !== limits) log.warn({ descriptors, open, connections }, "fewer connections: too few files may be open");
  return fitting;
}

async function drain(
  front: Front,
  { listener, sides }: { readonly listener: Listener; readonly sides: SideDoors },
  { arrivals, sweep, drainMs, handsOver, log }: DrainParts,
): Promise<void> {
  const servers = sides.servers.filter(({ listening }) => listening);
  // Another process takes what comes from now on. What this one has accepted it serves, and it closes right after a turn's accepts.
  if (handsOver) await new Promise((resolve) => setImmediate(resolve));
  else front.stopTaking();
  const closed = Promise.all(servers.map((server) => once(server, "close")));
  for (const server of servers) server.close();
  listener.close();
  const deadline = setTimeout(() => {
    log.warn({ cut: sweep.size }, "drain limit reached; cutting what is left");
    front.cutAll();
  }, drainMs);
  await Promise.all([closed, arrivals.empty()]);
  clearTimeout(deadline);
}

interface DrainParts {
  readonly arrivals: Arrivals;
  readonly sweep: Sweep;
  readonly drainMs: number;
  readonly handsOver: boolean;
  readonly log: Log;
}
