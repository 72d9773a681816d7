import type { Command, HistoryRequest } from "@bellwire/protocol";
import type { PerformedCommand } from "./conversation.ts";
import { rulesOf } from "./namespace.ts";
import type { Append, Clock, ReadRange, Streams } from "./ports.ts";
import type { Publisher } from "./publisher.ts";
import { turnAway } from "./refusal.ts";
import type { Session } from "./session.ts";
import { type SubscribingWorld, subscribe, unsubscribe } from "./subscribing.ts";

export interface RequestWorld extends SubscribingWorld {
  readonly streams: Streams;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly version: string;
}

type Request<Method extends Command["method"]> = Extract<Command, { readonly method: Method }>["request"];

/** Does one command of an admitted session and answers it. Rejects where a store could not be reached. */
export function perform(world: RequestWorld, session: Session, command: PerformedCommand): Promise<void> | void {
  const { id } = command;
  switch (command.method) {
    case "subscribe":
      return subscribe(world, session, id, command.request);
    case "unsubscribe":
      return unsubscribe(world, session, id, command.request.channel);
    case "publish":
      return publish(world, session, id, command.request);
    case "history":
      return history(world, session, id, command.request);
    case "refresh":
      return refresh(world, session, id, command.request.token);
    case "presence":
    case "presence_stats":
    case "rpc":
    case "sub_refresh":
    case "ping":
      return session.reply({ id, error: "notAvailable" });
    default:
      return command satisfies never;
  }
}

async function publish(world: RequestWorld, session: Session, id: number, request: Request<"publish">): Promise<void> {
  const { channel, data, type = 0 } = request;
  if (type >= 1) return session.reply({ id, error: "notAvailable" });
  const rules = rulesOf(world.namespaces, channel);
  if (rules === undefined) return session.reply({ id, error: "unknownChannel" });
  if (rules.publish !== "subscribers" || session.subscriptions.get(channel)?.live !== true)
    return session.reply({ id, error: "permissionDenied" });
  if (Buffer.byteLength(data) > world.limits.publishBytes) return session.reply({ id, error: "limitExceeded" });
  const { user, info } = session.identity ?? { user: "" };
  const append: Append = {
    channel,
    data,
    info: { user, client: session.client, ...(info === undefined ? {} : { connInfo: info }) },
    dedupMs: rules.dedupMs,
    versionTtlMs: rules.versionTtlMs,
    history: rules.history,
  };
  await world.publisher.publishDurably(append);
  session.reply({ id, method: "publish" });
}

async function history(world: RequestWorld, session: Session, id: number, request: HistoryRequest): Promise<void> {
  const rules = rulesOf(world.namespaces, request.channel);
  if (rules === undefined) return session.reply({ id, error: "unknownChannel" });
  if (rules.history.size === 0) return session.reply({ id, error: "notAvailable" });
  if (session.subscriptions.get(request.channel)?.live !== true)
    return session.reply({ id, error: "permissionDenied" });
  const slice = await world.streams.read(request.channel, rangeOf(request, world.limits.history));
  if (request.since !== undefined && request.since.epoch !== "" && request.since.epoch !== slice.top.epoch)
    return session.reply({ id, error: "unrecoverablePosition" });
  const { top, publications } = slice;
  session.reply({ id, method: "history", result: { ...top, publications } });
}

/** What a history request asks of the stream: its limit bounded by the server's (-1 means as many as that). */
export function rangeOf(request: Pick<HistoryRequest, "limit" | "since" | "reverse">, cap: number): ReadRange {
  const wanted = request.limit ?? 0;
  return {
    limit: wanted < 0 ? cap : Math.min(wanted, cap),
    ...(request.since === undefined ? {} : { since: request.since.offset }),
    ...(request.reverse === true ? { reverse: true } : {}),
  };
}

async function refresh(world: RequestWorld, session: Session, id: number, token: string): Promise<void> {
  const renewal = await world.gate.refresh(session, token);
  if (session.ended) return;
  if (!renewal.ok) return turnAway(session, id, renewal);
  if (renewal.identity.user !== session.identity?.user) return session.end("invalidToken");
  session.expiresAt = renewal.expiresAt;
  const result = { client: session.client, version: world.version, ...expiryOf(session, world.clock.now()) };
  session.reply({ id, method: "refresh", result });
}

/** What a reply says of the session's expiry. At least one second is left, since 0 would mean never. */
export function expiryOf(session: Session, now: number): { readonly expires?: true; readonly ttl?: number } {
  if (session.expiresAt === undefined) return {};
  return { expires: true, ttl: Math.max(1, Math.ceil((session.expiresAt - now) / 1_000)) };
}
