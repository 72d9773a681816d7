import { createHash } from "node:crypto";
import type { NodeId, NodeRecord } from "@bellwire/hub";
import { Gauge, type Metrics } from "@bellwire/runtime";
import type { NodeConfig } from "../settings/config.ts";

/** What all nodes of a cluster must have alike, as they tell each other: by setting, its value or a digest of it. */
export function agreedSettings(config: Pick<NodeConfig, "afterRedisRestart" | "namespaces">): Record<string, string> {
  const namespaces = [...config.namespaces.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    BELLWIRE_AFTER_REDIS_RESTART: config.afterRedisRestart,
    namespaces: createHash("sha256").update(JSON.stringify(namespaces)).digest("hex").slice(0, 16),
  };
}

/** Who has it otherwise, by setting. Who does not say, a node of an older version, is left out. */
export function disagreeing(
  own: Readonly<Record<string, string>>,
  others: readonly NodeRecord[],
): ReadonlyMap<string, readonly NodeId[]> {
  const found = Object.entries(own).map(([setting, value]) => {
    const nodes = others.filter(({ settings }) => settings !== undefined && settings[setting] !== value);
    return [setting, nodes.map(({ id }) => id)] as const;
  });
  return new Map(found.filter(([, nodes]) => nodes.length > 0));
}

/** Shows how many nodes have it otherwise; the answer is a function that tells of each setting, to be called when nodes come. */
export function watchAgreement(parts: {
  readonly own: Readonly<Record<string, string>>;
  readonly roster: () => readonly NodeRecord[];
  readonly metrics: Metrics;
  readonly told: (setting: string, nodes: readonly NodeId[]) => void;
}): () => void {
  const { own, roster, metrics, told } = parts;
  new Gauge({
    name: "bellwire_settings_differ",
    help: "Nodes that have something otherwise than this one which all must have alike, by setting",
    labelNames: ["setting"],
    registers: [metrics],
    collect() {
      const differing = disagreeing(own, roster());
      for (const setting of Object.keys(own)) this.set({ setting }, differing.get(setting)?.length ?? 0);
    },
  });
  return () => {
    for (const [setting, nodes] of disagreeing(own, roster())) told(setting, nodes);
  };
}
