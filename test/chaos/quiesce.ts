import type { Redis } from "ioredis";
import type { Ledger } from "./ledger/ledger.ts";
import { outboxKey } from "./outbox.ts";
import type { Stage } from "./stage/stage.ts";

/** How long the cluster may take for each step of coming to rest. */
const STEP_MS = 40_000;
const LOOK_MS = 150;

/** A step that did not come to rest in time, with what was last seen; undefined when it did. */
export async function reached(what: string, look: () => Promise<string | undefined>): Promise<string | undefined> {
  const deadline = performance.now() + STEP_MS;
  for (;;) {
    const open = await look().catch((error: unknown) => String(error));
    if (open === undefined) return undefined;
    if (performance.now() > deadline) return `${what}, after ${STEP_MS} ms: ${open}`;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** All parts serve, and the balancer gives clients to every node. */
export async function partsReady(stage: Stage): Promise<string | undefined> {
  const down = stage.parts.values().find(({ process }) => process === undefined);
  if (down !== undefined) return `${down.name} does not run`;
  for (const node of stage.nodes) {
    const answer = await ask(`http://127.0.0.1:${node.process?.opsPort}/ready`);
    if (!answer.ok) return `${node.name} is not ready: ${await answer.text()}`;
  }
  if (!(await ask(`${stage.producerUrl}/ready`)).ok) return "the producer is not ready";
  const { nodes } = (await (await ask(`${stage.adminUrl}/nodes`)).json()) as {
    readonly nodes: ReadonlyArray<{ readonly state: string }>;
  };
  const up = nodes.filter(({ state }) => state === "up").length;
  return up >= stage.nodes.length ? undefined : `the balancer has ${up} nodes: ${JSON.stringify(nodes)}`;
}

/** The outbox and all ingest queues are empty. */
export async function nothingWaits(stage: Stage, redis: Redis): Promise<string | undefined> {
  const outbox = await redis.xlen(outboxKey(stage));
  if (outbox > 0) return `${outbox} in the outbox`;
  const ready = await stage.ready();
  if (ready > 0) return `${ready} wait in the ingest queues`;
  const waiting = await stage.waiting();
  return waiting === 0 ? undefined : `${waiting} in the ingest queues`;
}

/** Every client has come to its stream's top. */
export async function allAtTop(stage: Stage, redis: Redis, ledger: Ledger): Promise<string | undefined> {
  const behind: string[] = [];
  for (const [channel, journeys] of Map.groupBy(ledger.journeys.values(), (journey) => journey.channel)) {
    const [epoch, top] = await redis.hmget(`${stage.prefix}:{${channel}}:meta`, "e", "o");
    for (const { client, position } of journeys)
      if (position?.epoch !== epoch || position?.offset !== Number(top))
        behind.push(`${client} ${channel} at ${position?.epoch} ${position?.offset} of ${epoch} ${top}`);
  }
  return behind.length === 0 ? undefined : `${behind.length} behind: ${behind.slice(0, 3).join("; ")}`;
}

/** The stores have forgotten every node that does not live. */
export async function deadSwept(stage: Stage, redis: Redis): Promise<string | undefined> {
  const live = stage.nodes.map(({ name, starts }) => `${name}.${starts}`);
  const known = await redis.hkeys(`${stage.prefix}:nodes`);
  const dead = known.filter((id) => !live.includes(id));
  return dead.length === 0 ? undefined : `still known: ${dead.join(", ")}`;
}

const ask = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(3_000) });
