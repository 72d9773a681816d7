import type { NodeRecord } from "@bellwire/hub";

/** What the registry says of a node that is well. */
export const record = (id: string, changes: Partial<NodeRecord> = {}): NodeRecord => ({
  id,
  name: id,
  version: "0",
  address: `${id}:8101`,
  opsAddress: `${id}:8201`,
  state: "up",
  ready: true,
  startedAt: 0,
  clients: 0,
  users: 0,
  subscriptions: 0,
  channels: 0,
  ...changes,
});
