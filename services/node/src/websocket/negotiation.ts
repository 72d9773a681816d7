import { type Codec, jsonCodec, protobufCodec } from "@bellwire/protocol";

const JSON_SUBPROTOCOL = "centrifuge-json";
const PROTOBUF_SUBPROTOCOL = "centrifuge-protobuf";

/** What a WebSocket client asks for in its address. */
export type Query = Pick<URLSearchParams, "get">;

/** The subprotocol to answer with: the first of ours that was offered and that the query does not contradict. */
export function subprotocolOf(offered: ReadonlySet<string>, query: Query): string | false {
  if (asksForProtobuf(query)) return offered.has(PROTOBUF_SUBPROTOCOL) && PROTOBUF_SUBPROTOCOL;
  for (const name of offered) if (name === JSON_SUBPROTOCOL || name === PROTOBUF_SUBPROTOCOL) return name;
  return false;
}

/** Protobuf where the agreed subprotocol or the query says so, else JSON. */
export function codecOf(subprotocol: string, query: Query): Codec {
  return subprotocol === PROTOBUF_SUBPROTOCOL || asksForProtobuf(query) ? protobufCodec : jsonCodec;
}

/** Whether the client wants to be pinged by WebSocket frames instead of messages: tools that do not answer messages. */
export const wantsFramePings = (query: Query): boolean => query.get("cf_ws_frame_ping_pong") === "true";

const asksForProtobuf = (query: Query): boolean =>
  query.get("cf_protocol") === "protobuf" || query.get("format") === "protobuf";
