import { type ChannelName, type ErrorName, type RequestOf, usersOf } from "@bellwire/protocol";
import { infoOf } from "../channel/attendance.ts";
import type { Publisher } from "../channel/publisher.ts";
import type { PublishLeave } from "../gate.ts";
import { type Namespace, rulesOf } from "../namespace.ts";
import type { Session } from "../session/session.ts";
import { turnAway } from "./refusal.ts";
import type { SubscribingWorld } from "./subscribing.ts";

export interface PublishingWorld extends SubscribingWorld {
  readonly publisher: Publisher;
}

/** A client's own publication, where the channel's rules or the shop's backend let it. */
export async function publish(
  world: PublishingWorld,
  session: Session,
  id: number,
  request: RequestOf<"publish">,
): Promise<void> {
  const { channel, data, type = 0 } = request;
  if (type >= 1) return session.reply({ id, error: "notAvailable" });
  const rules = rulesOf(world.namespaces, channel);
  const refusal = refusalToPublish(world, session, { channel, data, rules });
  if (refusal !== undefined || rules === undefined) return session.reply({ id, error: refusal ?? "unknownChannel" });
  const leave: PublishLeave =
    rules.publish === "backend" ? await world.gate.publish(session, { channel, data }) : { ok: true };
  if (session.ended) return;
  if (!leave.ok) return turnAway(session, id, leave);
  await world.publisher.publishDurably({
    channel,
    data: leave.data ?? data,
    info: infoFor(session, channel),
    dedupMs: rules.dedupMs,
    versionTtlMs: rules.versionTtlMs,
    history: leave.skipHistory === true ? { ...rules.history, size: 0 } : rules.history,
  });
  session.reply({ id, method: "publish" });
}

/** Whose channel it is not, and who is not in a private one, may not even ask the backend. */
function refusalToPublish(
  { limits, insecure }: PublishingWorld,
  session: Session,
  asked: { readonly channel: ChannelName; readonly data: string; readonly rules: Namespace | undefined },
): ErrorName | undefined {
  const { channel, data, rules } = asked;
  if (rules === undefined) return "unknownChannel";
  if (Buffer.byteLength(data) > limits.publishBytes) return "limitExceeded";
  if (insecure) return undefined;
  if (session.subscriptions.get(channel)?.live === true)
    return rules.publish === "nobody" ? "permissionDenied" : undefined;
  const owners = usersOf(channel);
  const user = session.identity?.user ?? "";
  const isTheirs = owners === undefined || (user !== "" && owners.includes(user));
  return rules.publish === "backend" && isTheirs && !channel.startsWith("$") ? undefined : "permissionDenied";
}

function infoFor(session: Session, channel: ChannelName) {
  const subscription = session.subscriptions.get(channel);
  if (subscription !== undefined) return infoOf(subscription);
  const { user, info } = session.identity ?? { user: "" };
  return { user, client: session.client, ...(info !== undefined && { connInfo: info }) };
}
