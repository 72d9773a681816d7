import type { Append, Appended, EventSink, NodeId, Receipts, Streams } from "@bellwire/hub";
import { namespaceOf } from "@bellwire/protocol";
import { ConfigError, Counter, type Log, type Metrics } from "@bellwire/runtime";
import type { CallHandler } from "../calls.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { createShownCall } from "./shown-call.ts";
import { Teller } from "./teller.ts";

export interface ProofParts {
  readonly config: NodeSettings & { readonly id: NodeId };
  readonly receipts: Receipts;
  readonly streams: Streams;
  readonly seen?: EventSink;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Proof of display on this node; all of it is absent where it is not configured. */
export interface Proof extends AsyncDisposable {
  readonly receipts: Receipts | undefined;
  readonly calls: ReadonlyMap<string, CallHandler>;
  readonly published?: (append: Append, appended: Appended) => Promise<void>;
}

/** Begins to take what clients say they have shown, and to tell the shop of it where that is configured. */
export function startProof({ config, receipts, streams, seen, log, metrics }: ProofParts): Proof {
  const settings = config.shown;
  if (settings === undefined)
    return { receipts: undefined, calls: new Map(), [Symbol.asyncDispose]: async () => undefined };
  const { events, unseenAfterMs } = settings;
  const outcomes = new Counter({
    name: "bellwire_receipts_total",
    help: "What the shop was told of what its customers saw, by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  if (events && seen === undefined)
    throw new ConfigError("shown.events is on, but there is nothing to tell the shop by");
  const parts = { receipts, log, now: Date.now, counted: (outcome: string) => outcomes.inc({ outcome }) };
  const teller = events && seen !== undefined ? new Teller({ ...parts, sink: seen }) : undefined;
  const allowed = new Set(settings.namespaces);
  const call = createShownCall({
    ...{ receipts, streams, teller, allowed },
    ...{ namespaces: config.namespaces, node: config.id, now: Date.now },
  });
  return {
    receipts,
    calls: new Map([["shown", call]]),
    ...(unseenAfterMs !== undefined && {
      published: expecting({
        receipts,
        allowed,
        withinMs: unseenAfterMs,
        unwatched: () => outcomes.inc({ outcome: "unwatched" }),
      }),
    }),
    [Symbol.asyncDispose]: async () => teller?.stop(),
  };
}

/** Has every order's version watched that has been published; a repeat is watched from its first time on. */
function expecting(parts: {
  readonly receipts: Receipts;
  readonly allowed: ReadonlySet<string>;
  readonly withinMs: number;
  readonly unwatched: () => void;
}): (append: Append, appended: Appended) => Promise<void> {
  const { receipts, allowed, withinMs, unwatched } = parts;
  return async ({ channel, version }, appended) => {
    if (version === undefined || !("publication" in appended) || !allowed.has(namespaceOf(channel))) return;
    const { subject, number } = version;
    if (!(await receipts.expect({ channel, subject, version: number }, withinMs))) unwatched();
  };
}
