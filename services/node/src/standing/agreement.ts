import { createHash } from "node:crypto";
import type { NodeId, NodeRecord } from "@bellwire/hub";
import { Gauge, type Metrics } from "@bellwire/runtime";
import type { NodeConfig } from "../settings/config.ts";

/** What all nodes of a cluster must have alike, as they tell each other: by variable, its value or a digest of what it says. */
export function agreedSettings(config: Pick<NodeConfig, "afterRedisRestart" | "namespaces">): Record<string, string> {
  const namespaces = [...config.namespaces.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    BELLWIRE_AFTER_REDIS_RESTART: config.afterRedisRestart,
    BELLWIRE_CONFIG: createHash("sha256").update(JSON.stringify(namespaces)).digest("hex").slice(0, 16),
  };
}

/** Who has it otherwise, by variable. Who does not say, a node of an older version, is left out. */
export function disagreeing(
  own: Readonly<Record<string, string>>,
  others: readonly NodeRecord[],
): ReadonlyMap<string, readonly NodeId[]> {
  const found = Object.entries(own).map(([variable, value]) => {
    const nodes = others.filter(({ settings }) => settings !== undefined && settings[variable] !== value);
    return [variable, nodes.map(({ id }) => id)] as const;
  });
  return new Map(found.filter(([, nodes]) => nodes.length > 0));
}

/** Shows how many nodes have it otherwise; the answer is a function that tells of each variable, to be called when nodes come. */
export function watchAgreement(parts: {
  readonly own: Readonly<Record<string, string>>;
  readonly roster: () => readonly NodeRecord[];
  readonly metrics: Metrics;
  readonly told: (variable: string, nodes: readonly NodeId[]) => void;
}): () => void {
  const { own, roster, metrics, told } = parts;
  new Gauge({
    name: "bellwire_settings_differ",
    help: "Nodes that have something otherwise than this one which all must have alike, by variable",
    labelNames: ["variable"],
    registers: [metrics],
    collect() {
      const differing = disagreeing(own, roster());
      for (const variable of Object.keys(own)) this.set({ variable }, differing.get(variable)?.length ?? 0);
    },
  });
  return () => {
    for (const [variable, nodes] of disagreeing(own, roster())) told(variable, nodes);
  };
}
