export type { Calls, RpcAnswer, RpcCall, RpcCaller } from "./calls.ts";
export type { Frame } from "./frame.ts";
export type { Admission, Admitted, Caller, Gate, Identity, Leave, PublishLeave, Refusal, Renewal } from "./gate.ts";
export { MAX_PATTERN_LENGTH } from "./glob.ts";
export { type Connection, Hub, type HubOptions } from "./hub.ts";
export { defaultLimits, type HubLimits } from "./limits.ts";
export { type Namespace, type Namespaces, plainNamespace, rulesOf } from "./namespace.ts";
export { type HubObserver, silent } from "./observer.ts";
export { isOutage, type Outage } from "./outage.ts";
export type { Peer, TransportName } from "./peer.ts";
export type {
  Append,
  Appended,
  Bus,
  BusMessage,
  BusTarget,
  Clock,
  EventConsumption,
  EventFeed,
  EventOutcome,
  EventSink,
  HistoryRule,
  NodeId,
  NodeRecord,
  Order,
  Presence,
  PresenceStats,
  RawEvent,
  ReadRange,
  Recipient,
  Registry,
  Rulebook,
  Rules,
  SessionRecord,
  Sessions,
  StreamSlice,
  Streams,
} from "./ports.ts";
export { MAX_RULES } from "./ports.ts";
export { Publisher } from "./publisher.ts";
export type { DueReceipt, Receipts, Showing, SubjectVersion } from "./receipts.ts";
export { rangeOf } from "./requests.ts";
export type { Wire } from "./session.ts";
export type { ShedPlan } from "./shedding.ts";
export type { SlowLimits } from "./slow.ts";
export type { Surveyed } from "./survey.ts";
