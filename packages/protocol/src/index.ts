export { ChannelName, MAX_CHANNEL_LENGTH, namespaceOf, usersOf } from "./channel.ts";
export { type Close, type CloseName, closes, isUsableClose, type UnsubscribeName, unsubscribes } from "./closes.ts";
export type { Codec, Encoded } from "./codec.ts";
export {
  type Command,
  type ConnectRequest,
  type HistoryRequest,
  type Incoming,
  type Method,
  readCommand,
  type SubscribeRequest,
} from "./command.ts";
export { type ErrorName, errors, type ProtocolError } from "./errors.ts";
export { jsonCodec } from "./json.ts";
export type { ClientInfo, Position, Publication } from "./publication.ts";
export type { ConnectResult, HistoryResult, Push, RefreshResult, Reply, SubscribeResult } from "./reply.ts";
