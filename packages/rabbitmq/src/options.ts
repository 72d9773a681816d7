import { Link, type LinkOptions, type LinkState } from "./connection.ts";
import { type AmqpNames, amqpNames } from "./names.ts";
import { type AmqpObserver, type LogLike, silentObserver } from "./observe.ts";
import { DEFAULT_PUBLISH_LIMITS, type PublishLimits } from "./publisher.ts";

const DEFAULT_START_TIMEOUT_MS = 30_000;

/** What every part needs to reach the broker. */
export interface AmqpOptions {
  /** `amqp://` or `amqps://`, tried in turn. */
  readonly urls: readonly string[];
  /** First part of every name on the broker; default `bellwire`. */
  readonly prefix?: string;
  readonly log: LogLike;
  readonly observer?: AmqpObserver;
  /** How long the first connect may take, ms; default 30,000. */
  readonly startTimeoutMs?: number;
  readonly publish?: Partial<PublishLimits>;
}

/** Says whether the broker can be reached, and whether it takes messages. */
export interface Stateful {
  state(): LinkState;
}

/** The options with every default filled in. */
export function settled(options: AmqpOptions): {
  readonly names: AmqpNames;
  readonly observer: AmqpObserver;
  readonly startTimeoutMs: number;
  readonly limits: PublishLimits;
} {
  return {
    names: amqpNames(options.prefix),
    observer: options.observer ?? silentObserver,
    startTimeoutMs: options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
    limits: { ...DEFAULT_PUBLISH_LIMITS, ...options.publish },
  };
}

/** A started link; it closes when the stack is disposed. */
export async function startedLink(
  stack: AsyncDisposableStack,
  options: AmqpOptions,
  own: Pick<LinkOptions, "purpose"> & Partial<Pick<LinkOptions, "setup">>,
): Promise<Link> {
  const { observer, startTimeoutMs } = settled(options);
  const link = new Link({ urls: options.urls, log: options.log, observer, ...own });
  stack.defer(() => link.close());
  await link.start(startTimeoutMs);
  return link;
}

/** The worst of several states. */
export function worst(...states: readonly LinkState[]): LinkState {
  if (states.includes("down")) return "down";
  return states.includes("blocked") ? "blocked" : "up";
}
