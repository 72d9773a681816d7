import type { ChannelName, ClientInfo } from "@bellwire/protocol";
import type { NodeId } from "./registry.ts";

/** How many are in a channel: connections, and different users among them. */
export interface PresenceStats {
  readonly clients: number;
  readonly users: number;
}

/**
 * Who is in which channel, on all nodes. A node's entries count only while it holds the channel, and go with the node:
 * when it leaves the channel, withdraws, or is swept after its death. Writes are ordered per caller.
 */
export interface Presence {
  /**
   * A client of `node` is there, or is there with another info. Answers false where the node has as many in this channel
   * as one may have: the client is not shown then.
   */
  enter(channel: ChannelName, node: NodeId, info: ClientInfo): Promise<boolean>;
  leave(channel: ChannelName, node: NodeId, client: string): Promise<void>;
  /** Makes the store say that exactly these clients of `node` are there: after a write was lost, or the store came back empty. */
  restate(channel: ChannelName, node: NodeId, infos: readonly ClientInfo[]): Promise<void>;
  /** At most `limit` of those who are there, in no order. */
  present(channel: ChannelName, limit: number): Promise<readonly ClientInfo[]>;
  stats(channel: ChannelName): Promise<PresenceStats>;
}
