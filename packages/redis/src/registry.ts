import type { NodeId, NodeRecord, Registry } from "@bellwire/hub";
import type { Redis } from "ioredis";
import { createKeys } from "./keys.ts";
import { Lives } from "./life.ts";
import { parseNodeRecord } from "./node-record.ts";
import { asList, asNumber, asText, loadScript, runScript } from "./script.ts";
import { clearTraces } from "./traces.ts";

export const DEFAULT_LIVENESS_MS = 3_000;
export const DEFAULT_SWEEP_MS = 10_000;

/** Nodes cleared by one call of `sweep`; the next call takes the others. */
const MAX_SWEPT_AT_ONCE = 16;

const announceScript = loadScript("announce");
const rosterScript = loadScript("roster");
const markGoneScript = loadScript("mark-gone");
const removeGoneScript = loadScript("remove-gone");

export interface RegistryOptions {
  /** What every key begins with. Default `bellwire`. */
  readonly prefix?: string;
  /** A node not heard from for so long is not in the roster, ms. Default 3,000. */
  readonly livenessMs?: number;
  /** What a node left that was not heard from for so long is removed, ms. Default 10,000. */
  readonly sweepMs?: number;
  /** Told of every entry of the registry that is not a node record, when the roster is read; it is left out. */
  readonly onBadRecord?: (reason: string) => void;
}

/** The live nodes, by Redis' own clock. Rejects when Redis answers an error or not in time. */
export function createRegistry(redis: Redis, options: RegistryOptions = {}): Registry {
  const keys = createKeys(options.prefix);
  const sweepMs = options.sweepMs ?? DEFAULT_SWEEP_MS;
  const lives = new Lives(redis);
  /** The run of Redis that was announced to last. */
  let toldRun: string | undefined;

  const markGone = async (node: NodeId | ""): Promise<{ readonly now: number; readonly nodes: readonly NodeId[] }> => {
    const reply = await runScript(redis, markGoneScript, {
      keys: [keys.nodes],
      argv: [sweepMs, MAX_SWEPT_AT_ONCE, node],
    });
    const [now, nodes] = asList(reply);
    return { now: asNumber(now), nodes: asList(nodes).map(asText) };
  };
  const isGone = async (node: NodeId): Promise<boolean> => !/^\d+ up /.test((await redis.hget(keys.nodes, node)) ?? "");
  /** The entry goes last, so that a sweep that breaks off is finished by another. */
  const clear = async (node: NodeId, before: number): Promise<boolean> => {
    if (!(await clearTraces(redis, keys, { node, before, isGone: () => isGone(node) }))) return false;
    return (await runScript(redis, removeGoneScript, { keys: [keys.nodes], argv: [node] })) === 1;
  };

  return {
    async announce(node) {
      const { run } = await lives.now();
      const reply = await runScript(redis, announceScript, {
        keys: [keys.nodes],
        argv: [node.id, JSON.stringify(node)],
      });
      const mayHaveForgotten = toldRun !== undefined && toldRun !== run;
      toldRun = run;
      return reply === 1 && !mayHaveForgotten;
    },
    async withdraw(node) {
      const { now } = await markGone(node);
      // A polite node has stopped: whatever it holds at this moment is left over, joined this very ms or not.
      await clear(node, now + 1);
    },
    async roster() {
      const reply = await runScript(redis, rosterScript, {
        keys: [keys.nodes],
        argv: [options.livenessMs ?? DEFAULT_LIVENESS_MS],
      });
      const records: NodeRecord[] = [];
      for (const text of asList(reply)) {
        const parsed = parseNodeRecord(asText(text));
        if (parsed.ok) records.push(parsed.record);
        else options.onBadRecord?.(parsed.reason);
      }
      return records;
    },
    async sweep() {
      const { now, nodes } = await markGone("");
      const swept: NodeId[] = [];
      for (const node of nodes) if (await clear(node, now)) swept.push(node);
      return swept;
    },
  };
}
