import type { AddressInfo } from "node:net";
import { createTicketVerifier } from "@bellwire/auth";
import {
  type Bus,
  type EventConsumption,
  type EventFeed,
  type EventSink,
  Hub,
  type NodeRecord,
  type Presence,
  type Receipts,
  type Registry,
  type Sessions,
  type Streams,
} from "@bellwire/hub";
import { Counter, createMetrics, createOps, type Log, type RunningService } from "@bellwire/runtime";
import fastify from "fastify";
import { createAccess } from "./admission/access.ts";
import { createTicketCheck } from "./admission/ticket-check.ts";
import { serveApi } from "./api/routes.ts";
import { headersOf } from "./backend/backend.ts";
import { createCalls } from "./calls.ts";
import { systemClock } from "./clock.ts";
import { consumeEvents } from "./ingest/consume.ts";
import { gaugeSize, observeHub } from "./observe.ts";
import type { NodeConfig } from "./settings/config.ts";
import { serveShed } from "./shed.ts";
import { startProof } from "./shown/proof.ts";
import { agreedSettings, watchAgreement } from "./standing/agreement.ts";
import { Company } from "./standing/company.ts";
import { Deafness } from "./standing/deafness.ts";
import { Membership } from "./standing/membership.ts";
import { Probe } from "./standing/probe.ts";
import { createDoor } from "./transports/door.ts";
import { createOriginCheck } from "./transports/origins.ts";
import { serveTransports } from "./transports/transports.ts";
import { acceptWebSockets } from "./websocket/upgrade.ts";

export const VERSION = "bellwire 0.1.0";
/** A node is not ready when the state store has not answered for so long, ms. */
const STORE_STALE_MS = 4_000;
/** How often it looks whether it is cut off, ms. */
const LOOK_MS = 1_000;
const API_BODY_BYTES = 1_048_576;

export interface NodeParts {
  readonly log: Log;
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly receipts: Receipts;
  /** Where the shop is told what its customers saw; needed only where the configuration says so. */
  readonly seen?: EventSink;
  readonly registry: Registry;
  readonly bus: Bus;
  readonly feed: EventFeed;
  /** Whether this process is the node's alone, so that its memory and CPU are the node's. */
  readonly processMetrics?: boolean;
}

export interface RunningNode extends RunningService {
  readonly port: number;
  readonly opsPort: number;
}

/** Starts a node: it serves clients and the API, takes in events, and says so in the registry. Disposing drains it. */
export async function startNode(config: NodeConfig, parts: NodeParts): Promise<RunningNode> {
  const { log, streams, sessions, presence, registry, bus, feed } = parts;
  const { id, namespaces, limits } = config;
  const startedAt = Date.now();
  const state = { draining: false, refusing: false };
  await using starting = new AsyncDisposableStack();

  const metrics = createMetrics({ processMetrics: parts.processMetrics ?? false });
  const refusals = new Counter({
    name: "bellwire_connections_refused_total",
    help: "Connections refused before they were opened, by status",
    labelNames: ["status"],
    registers: [metrics],
  });
  const proof = starting.use(startProof({ ...parts, config, metrics }));
  const access = createAccess(config, { metrics, log });
  const hub = new Hub({
    ...{ node: id, nodeName: id, version: VERSION, namespaces, limits, streams, sessions, presence, bus },
    clock: systemClock,
    observer: observeHub(metrics, log),
    newClientId: () => crypto.randomUUID(),
    liveNodes: () => membership.ids,
    gate: access.gate,
    calls: createCalls(proof.calls, access.calls),
    insecure: config.tokens.insecure,
  });
  starting.defer(() => hub.close());
  gaugeSize(metrics, () => hub.size);

  const probe = new Probe(bus, id, config.probe.intervalMs);
  starting.defer(() => probe.stop());
  const company = new Company({ bus, node: id, isWell, validMs: config.probe.staleMs });
  const deafness = new Deafness({
    deafMs: config.deafMs,
    now: () => performance.now(),
    isWell,
    othersAreWell: () => (isStoreStale() ? company.isWell : membership.othersAreReady),
    handOver: (until) => void handOver(until),
    onChange: () => {
      log.warn({ cutOff: deafness.isCut, handingOver: deafness.isHandingOver }, "this node's hearing changed");
      consumption?.rebalance();
      membership.announce().catch((error: unknown) => log.warn({ err: error }, "registry not reached"));
    },
  });
  const looking = setInterval(() => {
    if (isStoreStale()) void company.ask();
    deafness.look();
  }, LOOK_MS);
  starting.defer(() => clearInterval(looking));
  let consumption: EventConsumption | undefined;
  const settings = agreedSettings(config);
  const tellDifferences = watchAgreement({
    ...{ own: settings, roster: () => membership.roster, metrics },
    told: (setting, nodes) =>
      log.warn({ setting, nodes }, "other nodes have another setting, and all must have the same"),
  });
  const membership: Membership = new Membership({
    node: id,
    registry,
    log,
    record,
    isCutOff: () => deafness.isHandingOver || (deafness.isCut && isStoreStale()),
    onChange: () => {
      consumption?.rebalance();
      tellDifferences();
    },
    onForgotten: async () => {
      await hub.reconcile();
      await hub.checkPositions();
    },
  });

  await bus.listen(id, {
    onMessage: (message) => {
      if (message.kind !== "probe") hub.receive(message);
      else if (message.node === id) probe.heard(message);
      else void company.heard(message);
    },
    onGap: () => void hub.checkPositions(),
  });
  await probe.send();

  const app = fastify({
    ...{ bodyLimit: API_BODY_BYTES, requestTimeout: 10_000, connectionTimeout: 0, forceCloseConnections: true },
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 5_000 },
  });
  serveApi(app, {
    ...{ hub, streams, presence, namespaces, log, apiKeys: config.apiKeys, version: VERSION },
    ...{ receipts: proof.receipts, roster: () => membership.roster },
  });
  const isAllowed = createOriginCheck(config.allowedOrigins);
  const door = createDoor({
    ...{
      hub,
      maxConnections: config.maxConnections,
      isAllowed,
      isDraining: () => state.refusing || deafness.isHandingOver,
    },
    ticketFault: createTicketCheck({
      verify: createTicketVerifier({ secret: config.tickets.secret, node: id, now: Date.now }),
      required: config.tickets.required,
    }),
  });
  const headers = headersOf(config.proxies);
  const refused = (status: number): void => refusals.inc({ status });
  acceptWebSockets(app.server, { hub, door, refused, headers, frameBytes: config.transports.frameBytes });
  const ops = createOps({ metrics, readiness });
  serveTransports(
    { app, ops },
    {
      ...{
        self: id,
        hub,
        door,
        isAllowed,
        limits: config.transports,
        apiKeys: config.apiKeys,
        metrics,
        refused,
        headers,
      },
      find: (node) => membership.find(node),
    },
  );
  await app.listen({ host: config.host, port: config.port });
  starting.defer(() => app.close());
  const { port } = app.server.address() as AddressInfo;

  serveShed(ops, { hub, apiKeys: config.apiKeys, log });
  await ops.listen({ host: config.host, port: config.opsPort });
  starting.defer(() => ops.close());
  const { port: opsPort } = ops.server.address() as AddressInfo;

  await membership.start();
  starting.defer(() => membership.stop());
  consumption = await consumeEvents({
    ...{ feed, node: id, namespaces, isWell, metrics, log, publisher: hub.publisher, published: proof.published },
    tries: config.eventTries,
    workers: () => membership.workers,
  });
  starting.defer(async () => consumption?.stop());
  starting.defer(drain);
  log.info({ node: id, port, opsPort }, "node is up");
  const running = starting.move();
  return { port, opsPort, [Symbol.asyncDispose]: () => running.disposeAsync() };

  function record(): NodeRecord {
    const { port: listening } = (app.server.address() as AddressInfo | null) ?? { port: config.port };
    const { port: answering } = (ops.server.address() as AddressInfo | null) ?? { port: config.opsPort };
    return {
      ...{ id, name: id, version: VERSION, startedAt, settings, ...hub.size },
      address: `${config.advertise}:${listening}`,
      opsAddress: `${config.advertise}:${answering}`,
      ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
      state: state.draining || deafness.isHandingOver ? "draining" : "up",
      ready: readiness().ready,
    };
  }

  function isWell(): boolean {
    return probe.ageMs < config.probe.staleMs && !isStoreStale();
  }

  function isStoreStale(): boolean {
    return membership.ageMs >= STORE_STALE_MS;
  }

  function readiness() {
    const bus = { heardItselfMsAgo: shown(probe.ageMs), error: probe.lastError };
    const store = { answeredMsAgo: shown(membership.ageMs) };
    return {
      ready: isWell() && !state.draining && !deafness.isHandingOver,
      detail: {
        ...{ draining: state.draining, bus, store, clients: hub.connections },
        unwellMs: Math.round(deafness.unwellMs),
        handingOver: deafness.isHandingOver,
      },
    };
  }

  /** While this node is deaf and others are not: in slices, as when it leaves, but it stays and comes back. */
  async function handOver(until: AbortSignal): Promise<void> {
    const { batch, pauseMs } = config.drain;
    log.warn({ clients: hub.connections }, "cut off: handing clients over");
    await hub.drain({ batch, pauseMs, until });
    log.warn({ left: hub.connections, backAgain: until.aborted }, "handed over");
  }

  /** The balancer is told first, and only then clients are sent elsewhere. */
  async function drain(): Promise<void> {
    const { batch, pauseMs, noticeMs, deadlineMs } = config.drain;
    state.draining = true;
    deafness.stop();
    log.info({ clients: hub.connections }, "draining");
    await membership.announce().catch((error: unknown) => log.warn({ err: error }, "drain not announced"));
    consumption?.rebalance();
    if (hub.connections > 0) await new Promise((resolve) => setTimeout(resolve, noticeMs));
    state.refusing = true;
    await hub.drain({ batch, pauseMs, until: AbortSignal.timeout(deadlineMs) });
    log.info({ left: hub.connections }, "drained");
  }
}

const shown = (ms: number): number | undefined => (Number.isFinite(ms) ? Math.round(ms) : undefined);
