import type { ChannelName, ClientInfo, Publication } from "@bellwire/protocol";
import type { Order } from "./orders.ts";
import type { NodeId } from "./registry.ts";

/** A message between nodes. */
export type BusMessage =
  | {
      readonly kind: "publication";
      readonly channel: ChannelName;
      readonly epoch: string;
      readonly publication: Publication;
    }
  | Order
  | { readonly kind: "join" | "leave"; readonly channel: ChannelName; readonly info: ClientInfo }
  /** Asks every node for its channels; `answer` comes to the one who asks. */
  | { readonly kind: "question"; readonly node: NodeId; readonly nonce: number; readonly pattern: string }
  | {
      readonly kind: "answer";
      readonly node: NodeId;
      readonly nonce: number;
      /** Channel and its subscribers on that node. */
      readonly channels: ReadonlyArray<readonly [ChannelName, number]>;
      /** There are more than one answer may hold. */
      readonly cut: boolean;
    }
  /** To itself: does the bus bring it back? To others: is anybody well? With nonce 0: this node is. */
  | { readonly kind: "probe"; readonly node: NodeId; readonly nonce: number };

/** Every node, or the named ones. */
export type BusTarget = "all" | readonly NodeId[];

/**
 * Between nodes. What it delivers may be late, double, out of order or missing: receivers order by offset and fill
 * holes from the streams.
 */
export interface Bus {
  /** Resolves once the broker has confirmed; rejects when it refused, could not be reached, or did not answer in time. */
  send(message: BusMessage, target: BusTarget): Promise<void>;
  /** Begins to receive for `node`. `onGap` is called when messages may have been missed: after each (re)connect but the first. */
  listen(
    node: NodeId,
    handlers: { readonly onMessage: (message: BusMessage) => void; readonly onGap: () => void },
  ): Promise<void>;
}
