import type { Hub, NodeId, NodeRecord } from "@bellwire/hub";
import { Counter, type Metrics } from "@bellwire/runtime";
import type { FastifyInstance } from "fastify";
import { createKeyCheck } from "../api/key.ts";
import type { Door } from "./door.ts";
import { EmulatedSessions } from "./emulated-sessions.ts";
import { serveEmulation } from "./emulation.ts";
import { createRelay, serveRelay } from "./emulation-relay.ts";
import type { TransportLimits } from "./limits.ts";
import type { OriginCheck } from "./origins.ts";
import { serveStreams } from "./streams.ts";

export interface TransportsOptions {
  readonly self: NodeId;
  readonly hub: Hub;
  readonly door: Door;
  readonly isAllowed: OriginCheck;
  readonly limits: TransportLimits;
  /** Any of them is taken from other nodes; the first is shown to them. */
  readonly apiKeys: readonly [string, ...string[]];
  /** Request headers that the shop's backend is told. */
  readonly headers: readonly string[];
  readonly metrics: Metrics;
  /** A live node's record. */
  readonly find: (node: NodeId) => Promise<NodeRecord | undefined>;
  readonly refused: (status: number) => void;
}

/** Joins every transport besides WebSocket to the hub: on the clients' port, and on the operators' what other nodes bring. */
export function serveTransports(
  { app, ops }: { readonly app: FastifyInstance; readonly ops: FastifyInstance },
  { self, hub, door, isAllowed, limits, apiKeys, metrics, headers, find, refused }: TransportsOptions,
): void {
  const posts = new Counter({
    name: "bellwire_emulation_posts_total",
    help: "POSTs of clients whose commands come beside their stream, by what became of them and where the session is",
    labelNames: ["outcome", "where"],
    registers: [metrics],
  });
  const sessions = new EmulatedSessions(limits, () => performance.now());
  serveStreams(app, { hub, door, isAllowed, sessions, limits, headers, refused });
  serveEmulation(app, {
    ...{ self, sessions, isAllowed, limits },
    relay: createRelay({ find, apiKey: apiKeys[0], limits }),
    counted: (outcome, where) => posts.inc({ outcome, where }),
  });
  serveRelay(ops, { sessions, hasKey: createKeyCheck(apiKeys), limits });
}
