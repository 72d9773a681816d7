import type { BusTarget } from "../ports/bus.ts";
import type { NodeId } from "../ports/registry.ts";

/**
 * Where a publication has to go: nowhere without holders, straight to them while they are few, and to everybody once more
 * than half of the live nodes hold the channel: one message to the fanout is then cheaper than one for each.
 */
export function route(holders: readonly NodeId[], liveNodes: number): BusTarget | undefined {
  if (holders.length === 0) return undefined;
  return holders.length > 1 && holders.length * 2 > liveNodes ? "all" : holders;
}
