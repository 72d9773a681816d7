export { type AmqpBusOptions, connectBus } from "./bus.ts";
export type { LinkState } from "./connection.ts";
export type { DeadLetter } from "./dead-letter.ts";
export { type DeadQueue, openDeadQueue } from "./dead-queue.ts";
export {
  BusyError,
  ConfirmTimeoutError,
  DisconnectedError,
  RefusedError,
  StartError,
  TooLargeError,
  TopologyError,
  UnroutableError,
} from "./errors.ts";
export { type AmqpFeedOptions, connectEventFeed } from "./feed.ts";
export { type AmqpNames, amqpNames } from "./names.ts";
export type { AmqpCount, AmqpObserver, LogLike } from "./observe.ts";
export type { AmqpOptions, Stateful } from "./options.ts";
export { connectSeenSink } from "./seen.ts";
export { type AmqpSinkOptions, CLOUDEVENTS_JSON, connectEventSink } from "./sink.ts";
export type { Topology } from "./topology.ts";
