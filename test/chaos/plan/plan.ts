import type { Fault, PathFault, PlannedFault } from "./fault.ts";
import { Random } from "./random.ts";

export interface PlanOptions {
  readonly seed: number;
  /** How long faults are done, ms. */
  readonly stormMs: number;
  readonly nodes: number;
  /** Ways by which clients come. */
  readonly doors: number;
}

const GAP_MS = { first: 700, last: 2_700 } as const;
/** A server that restarts is left alone for so long: RabbitMQ needs about ten seconds to come up. */
const SERVER_REST_MS = { rabbitmq: 40_000, redis: 9_000 } as const;
/** No restart of RabbitMQ begins later than this before the end, ms. */
const TAIL_MS = 3_000;

type Draw = (random: Random, names: Names) => Fault;

interface Names {
  readonly nodes: readonly string[];
  readonly paths: readonly string[];
}

const path = (how: PathFault, first: number, last: number): Draw => {
  return (random, { paths }) => ({ kind: "path", path: random.pick(paths), how, ms: random.whole(first, last) });
};
const restart = (server: "rabbitmq" | "redis", how: "kill" | "stop", data: "kept" | "lost" | "older"): Draw => {
  return (random) => ({ kind: "restart", server, how, data, downMs: random.whole(100, 3_000) });
};
const clients = (how: "stall" | "vanish" | "herd"): Draw => {
  return (random) => ({ kind: "clients", how, share: random.whole(1, 10) / 10, ms: random.whole(500, 6_000) });
};

/** Every kind of fault; a bag is drawn empty before the next, so that each seed meets most kinds. */
const BAG: readonly Draw[] = [
  (random, { nodes }) => ({ kind: "kill", part: random.pick(nodes), downMs: random.whole(0, 3_000) }),
  (random, { nodes }) => ({ kind: "kill", part: random.pick(nodes), downMs: random.whole(0, 3_000) }),
  (random, { nodes }) => ({ kind: "leave", part: random.pick(nodes), downMs: random.whole(0, 2_000) }),
  (random, { nodes }) => ({ kind: "freeze", part: random.pick(nodes), ms: random.whole(500, 9_000) }),
  () => ({ kind: "roll" }),
  (random) => ({ kind: "kill", part: "balancer", downMs: random.whole(0, 1_500) }),
  (random) => ({ kind: "freeze", part: "balancer", ms: random.whole(500, 5_000) }),
  (random) => ({ kind: "kill", part: "producer", downMs: random.whole(0, 2_000) }),
  (random) => ({ kind: "kill", part: "producer", downMs: random.whole(0, 2_000) }),
  (random) => ({ kind: "freeze", part: "producer", ms: random.whole(500, 6_000) }),
  (random) => ({ kind: "leave", part: "producer", downMs: random.whole(0, 1_000) }),
  (random) => ({ kind: "freeze", part: random.pick(["rabbitmq", "redis"]), ms: random.whole(500, 6_000) }),
  restart("rabbitmq", "kill", "kept"),
  restart("rabbitmq", "stop", "kept"),
  restart("rabbitmq", "kill", "lost"),
  restart("redis", "kill", "kept"),
  restart("redis", "stop", "kept"),
  restart("redis", "kill", "lost"),
  restart("redis", "kill", "older"),
  (random) => ({ kind: "alarm", ms: random.whole(2_000, 8_000) }),
  path("cut", 200, 6_000),
  path("cut", 200, 6_000),
  path("reset", 0, 0),
  path("reset", 0, 0),
  path("half-open", 1_000, 8_000),
  path("delay", 1_000, 6_000),
  path("throttle", 1_000, 6_000),
  path("hole", 500, 8_000),
  path("hole-up", 500, 8_000),
  path("hole-down", 500, 8_000),
  (random, { nodes }) => ({
    kind: "clock",
    part: random.pick([...nodes, "producer", "balancer"]),
    stepMs: random.pick([-3_600_000, -60_000, -5_000, 5_000, 60_000, 3_600_000]),
  }),
  clients("stall"),
  clients("stall"),
  clients("vanish"),
  clients("herd"),
];

export const nodeNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `node-${index + 1}`);

/** The ways between the parts, each of which can be harmed by itself. */
export function pathNames(nodes: number, doors: number): readonly string[] {
  const ofNodes = nodeNames(nodes).flatMap((node) => [`${node}>rabbitmq`, `${node}>redis`, `balancer>${node}`]);
  const ofClients = Array.from({ length: doors }, (_, index) => `clients-${index + 1}>balancer`);
  return [...ofNodes, ...ofClients, "producer>rabbitmq", "producer>redis", "balancer>redis", "shop>rabbitmq"];
}

/** What happens when, in order: a pure function of the options. */
export function planOf(options: PlanOptions): readonly PlannedFault[] {
  const random = new Random(options.seed);
  const names: Names = { nodes: nodeNames(options.nodes), paths: pathNames(options.nodes, options.doors) };
  const plan: PlannedFault[] = [];
  const restUntil = { rabbitmq: 0, redis: 0 };
  let bag: Draw[] = [];
  for (let at = random.whole(GAP_MS.first, GAP_MS.last); at < options.stormMs; ) {
    if (bag.length === 0) bag = random.shuffled(BAG);
    const fault = bag.shift()?.(random, names);
    if (fault === undefined || !isPossible(fault, { at, restUntil, endsAt: options.stormMs })) continue;
    if (fault.kind === "restart") restUntil[fault.server] = at + SERVER_REST_MS[fault.server];
    plan.push({ at, fault });
    at += random.whole(GAP_MS.first, GAP_MS.last);
  }
  return plan;
}

function isPossible(
  fault: Fault,
  when: { readonly at: number; readonly restUntil: Record<"rabbitmq" | "redis", number>; readonly endsAt: number },
): boolean {
  if (fault.kind !== "restart") return true;
  const tail = fault.server === "rabbitmq" ? TAIL_MS : 0;
  return when.at >= when.restUntil[fault.server] && when.at + tail < when.endsAt;
}
