import type { NodeRecord } from "@bellwire/hub";
import type { Answer } from "./answer.ts";

/** The live nodes and how full they are. */
export function info(roster: readonly NodeRecord[], now: number): Answer<{ readonly nodes: readonly object[] }> {
  const nodes = roster.map((node) => ({
    uid: node.id,
    name: node.name,
    version: node.version,
    num_clients: node.clients,
    num_users: node.users,
    num_subs: node.subscriptions,
    num_channels: node.channels,
    uptime: Math.max(0, Math.floor((now - node.startedAt) / 1_000)),
  }));
  return { result: { nodes } };
}
