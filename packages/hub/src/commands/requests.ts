import type { ChannelName, Command, HistoryRequest } from "@bellwire/protocol";
import { bytesOf } from "../channel/catch-up.ts";
import { rulesOf } from "../namespace.ts";
import type { Presence } from "../ports/presence.ts";
import type { ReadRange, Streams } from "../ports/streams.ts";
import type { PerformedCommand } from "../session/conversation.ts";
import type { Session } from "../session/session.ts";
import type { CallDesk } from "./calls.ts";
import { type PublishingWorld, publish } from "./publishing.ts";
import { type RefreshingWorld, refresh, subRefresh } from "./refreshing.ts";
import { turnAway } from "./refusal.ts";
import { subscribe, unsubscribe } from "./subscribing.ts";

export interface RequestWorld extends PublishingWorld, RefreshingWorld {
  readonly streams: Streams;
  readonly presence: Presence;
  readonly calls: CallDesk;
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
      return presence(world, session, id, command.request.channel);
    case "presence_stats":
      return presenceStats(world, session, id, command.request.channel);
    case "rpc":
      return rpc(world, session, id, command.request);
    case "sub_refresh":
      return subRefresh(world, session, id, command.request);
    case "ping":
      return session.reply({ id, error: "notAvailable" });
    default:
      return command satisfies never;
  }
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
  if (!session.takes(bytesOf(publications))) return session.reply({ id, error: "limitExceeded" });
  session.reply({ id, method: "history", result: { ...top, publications } });
}

/** Why a session may not ask who is in a channel; undefined if it may. */
function refusalToSeePresence({ namespaces }: RequestWorld, session: Session, channel: ChannelName) {
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return "unknownChannel";
  if (rules.presence === "off") return "notAvailable";
  const isThere = session.subscriptions.get(channel)?.live === true;
  return isThere && rules.presence === "subscribers" ? undefined : "permissionDenied";
}

async function presence(world: RequestWorld, session: Session, id: number, channel: ChannelName): Promise<void> {
  const refusal = refusalToSeePresence(world, session, channel);
  if (refusal !== undefined) return session.reply({ id, error: refusal });
  const cap = world.limits.presence;
  const present = await world.presence.present(channel, cap + 1);
  if (present.length > cap) session.reply({ id, error: "limitExceeded" });
  else session.reply({ id, method: "presence", result: { presence: present } });
}

async function presenceStats(world: RequestWorld, session: Session, id: number, channel: ChannelName): Promise<void> {
  const refusal = refusalToSeePresence(world, session, channel);
  if (refusal !== undefined) return session.reply({ id, error: refusal });
  session.reply({ id, method: "presence_stats", result: await world.presence.stats(channel) });
}

async function rpc(world: RequestWorld, session: Session, id: number, request: Request<"rpc">): Promise<void> {
  const { method, data } = request;
  const answer = await world.calls.call(session, { method, ...(data !== undefined && { data }) });
  if (!answer.ok) return turnAway(session, id, answer);
  session.reply({ id, method: "rpc", result: answer.data === undefined ? {} : { data: answer.data } });
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
