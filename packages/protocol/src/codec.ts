import type { Incoming } from "./command.ts";
import type { Push, Reply } from "./reply.ts";

/** One encoded message, not yet framed by the transport. Shared by all who get it: never changed. */
export type Encoded = Uint8Array;

/** A way to put the protocol into bytes. Several messages may share one transport frame. */
export interface Codec {
  readonly name: "json" | "protobuf";
  /** Whether its frames are binary WebSocket frames. */
  readonly binary: boolean;
  /** The commands of one client frame, in order. Never throws; an unreadable frame is a violation. */
  decode(frame: Uint8Array): Iterable<Incoming>;
  reply(reply: Reply): Encoded;
  push(push: Push): Encoded;
  readonly ping: Encoded;
  /** Several messages as the payload of one frame. */
  join(messages: readonly Encoded[]): Encoded;
}
