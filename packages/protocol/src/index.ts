export { ChannelName, MAX_CHANNEL_LENGTH, namespaceOf, usersOf } from "./channel.ts";
export { type Close, type CloseName, closes, isUsableClose, type UnsubscribeName, unsubscribes } from "./closes.ts";
export type { Codec, Encoded } from "./codec.ts";
export { type Command, type Incoming, readCommand } from "./command.ts";
export { differenceOf } from "./difference.ts";
export { type Emulation, readEmulation } from "./emulation.ts";
export { type ErrorName, errors, isApplicationError, type ProtocolError } from "./errors.ts";
export {
  Base64Json,
  grantFields,
  grantOf,
  JsonText,
  type SubscriptionGrant,
  type SubscriptionOverride,
} from "./grant.ts";
export { jsonCodec, uniJsonCodec } from "./json.ts";
export { protobufCodec } from "./protobuf.ts";
export type { ClientInfo, Position, Publication } from "./publication.ts";
export type {
  ConnectResult,
  Expiry,
  HistoryResult,
  PresenceResult,
  PresenceStatsResult,
  Push,
  RefreshResult,
  Reply,
  ResultReply,
  RpcResult,
  Subscribed,
  SubscribeResult,
} from "./reply.ts";
export {
  type ConnectRequest,
  type HistoryRequest,
  type Method,
  type RequestOf,
  readConnectRequest,
  type SubscribeRequest,
} from "./requests.ts";
