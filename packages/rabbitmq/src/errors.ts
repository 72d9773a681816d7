/** No connection to the broker (any more); whether it took what was in flight is unknown. */
export class DisconnectedError extends Error {
  override readonly name = "DisconnectedError";
  readonly outage = true;
}

/** The publisher holds as much unconfirmed as it may; nothing was sent. */
export class BusyError extends Error {
  override readonly name = "BusyError";
  readonly outage = true;
}

/** The broker refused the message (nack), for instance because a queue is full. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly outage = true;
}

/** The broker knows no queue for the message: it was not stored. */
export class UnroutableError extends Error {
  override readonly name = "UnroutableError";
  readonly outage = true;
}

/** The broker did not confirm in time, as under its memory alarm; it may still take the message. */
export class ConfirmTimeoutError extends Error {
  override readonly name = "ConfirmTimeoutError";
  readonly outage = true;
}

/** The message is larger than the limit; nothing was sent. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** The broker's exchanges or queues are not as this cluster's configuration wants them. Waiting does not help. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
}

/** The broker could not be reached within the start's bound. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Whatever was thrown, as an Error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
