import type { ChannelName } from "@bellwire/protocol";
import type { NodeId } from "./registry.ts";

/** A client's entry in the cluster's directory. */
export interface SessionRecord {
  readonly client: string;
  readonly user: string;
  readonly node: NodeId;
  /** Connected at, ms since 1970. */
  readonly since: number;
}

/** Who is connected where, and to what. Writes are ordered per caller; a lost write is repaired by `reconcile`. */
export interface Sessions {
  opened(session: SessionRecord): Promise<void>;
  closed(session: SessionRecord): Promise<void>;
  subscribed(client: string, channel: ChannelName): Promise<void>;
  unsubscribed(client: string, channel: ChannelName): Promise<void>;
  /** A user's sessions on all nodes. */
  ofUser(user: string): Promise<readonly SessionRecord[]>;
  /** The channels one session is subscribed to. */
  channelsOf(client: string): Promise<readonly ChannelName[]>;
  /** Makes the store say exactly this of `node`: after the store was away or came back empty. */
  reconcile(
    node: NodeId,
    truth: Iterable<{ readonly session: SessionRecord; readonly channels: readonly ChannelName[] }>,
  ): Promise<void>;
}
