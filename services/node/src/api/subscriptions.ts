import { type Hub, type Namespaces, rulesOf } from "@bellwire/hub";
import { ChannelName, grantFields, grantOf, unsubscribes } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { recipientFields, recipientOf } from "./recipient.ts";

interface SubscriptionsWorld {
  readonly hub: Hub;
  readonly namespaces: Namespaces;
}

export const SubscribeRequest = z.object({
  ...recipientFields,
  channel: ChannelName,
  ...grantFields,
  expire_at: z.number().int().min(0).optional().describe("Seconds since 1970; 0 or absent: never."),
  recover_since: z
    .object({ offset: z.number().int().min(0).default(0), epoch: z.string().max(64).default("") })
    .optional()
    .describe("From where publications are wanted that came before."),
});

/** Subscribes a user's connections, or one client's, on every node; the clients are told by a push. */
export async function subscribe(
  { hub, namespaces }: SubscriptionsWorld,
  request: z.infer<typeof SubscribeRequest>,
): Promise<Answer<object>> {
  const { channel, recover_since: since } = request;
  const recipient = recipientOf(request);
  if (recipient === undefined) return failure("badRequest", "user, client or session must be set");
  if (rulesOf(namespaces, channel) === undefined) return failure("unknownChannel");
  await hub.order({ kind: "subscribe", ...recipient, channel, grant: grantOf(request), ...(since && { since }) });
  return { result: {} };
}

export const UnsubscribeRequest = z.object({ ...recipientFields, channel: ChannelName });

/** Ends a subscription of a user's connections, or one client's, on every node; the clients are told by a push. */
export async function unsubscribe(
  { hub, namespaces }: SubscriptionsWorld,
  request: z.infer<typeof UnsubscribeRequest>,
): Promise<Answer<object>> {
  const { channel } = request;
  const recipient = recipientOf(request);
  if (recipient === undefined) return failure("badRequest", "user, client or session must be set");
  if (rulesOf(namespaces, channel) === undefined) return failure("unknownChannel");
  await hub.order({ kind: "unsubscribe", ...recipient, channel, ...unsubscribes.server });
  return { result: {} };
}
