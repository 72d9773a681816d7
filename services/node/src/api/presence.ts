import { type Namespaces, type Presence, rulesOf } from "@bellwire/hub";
import { ChannelName, type ClientInfo } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

/** Clients in one answer; a channel with more answers its statistics only. */
const MAX_PRESENT = 10_000;

export const PresenceRequest = z.object({ channel: ChannelName });

interface PresenceWorld {
  readonly presence: Presence;
  readonly namespaces: Namespaces;
}

/** Who is in a channel, on all nodes. */
export async function presence(
  { presence: store, namespaces }: PresenceWorld,
  { channel }: z.infer<typeof PresenceRequest>,
): Promise<Answer<object>> {
  const refusal = refusalOf(namespaces, channel);
  if (refusal !== undefined) return refusal;
  const infos = await store.present(channel, MAX_PRESENT + 1);
  if (infos.length > MAX_PRESENT)
    return failure("limitExceeded", `more than ${MAX_PRESENT} clients are there; presence_stats tells how many`);
  return { result: { presence: Object.fromEntries(infos.map((info) => [info.client, shownInfo(info)])) } };
}

/** How many are in a channel, on all nodes. */
export async function presenceStats(
  { presence: store, namespaces }: PresenceWorld,
  { channel }: z.infer<typeof PresenceRequest>,
): Promise<Answer<object>> {
  const refusal = refusalOf(namespaces, channel);
  if (refusal !== undefined) return refusal;
  const { clients, users } = await store.stats(channel);
  return { result: { num_clients: clients, num_users: users } };
}

function refusalOf(namespaces: Namespaces, channel: ChannelName) {
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return failure("unknownChannel");
  return rules.presence === "off" ? failure("notAvailable", "this namespace has no presence") : undefined;
}

/** A client as answers show it. */
export const shownInfo = ({ user, client, connInfo, chanInfo }: ClientInfo): object => ({
  ...{ user, client },
  ...(connInfo !== undefined && { conn_info: JSON.parse(connInfo) }),
  ...(chanInfo !== undefined && { chan_info: JSON.parse(chanInfo) }),
});
