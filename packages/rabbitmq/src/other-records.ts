import type { BusMessage } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { z } from "zod";

const text = z.string();
const count = z.number().int().nonnegative();
const info = z.object({ user: text, client: text, connInfo: text.exactOptional(), chanInfo: text.exactOptional() });
const recipient = { user: text.exactOptional(), client: text.exactOptional(), session: text.exactOptional() };
const flag = z.boolean().exactOptional();

const Grant = z.object({
  info: text.exactOptional(),
  data: text.exactOptional(),
  expiresAt: z.number().exactOptional(),
  override: z
    .object({
      ...{ presence: flag, joinLeave: flag, forcePushJoinLeave: flag },
      ...{ forceRecovery: flag, forcePositioning: flag },
    })
    .exactOptional(),
});

/** The kinds of messages that are rare, or small, enough to travel as JSON. */
const Other = z.discriminatedUnion("kind", [
  z.object({
    ...{ kind: z.literal("subscribe"), ...recipient, channel: ChannelName, grant: Grant },
    since: z.object({ epoch: text, offset: count }).exactOptional(),
  }),
  z.object({
    ...{ kind: z.literal("unsubscribe"), ...recipient, channel: ChannelName },
    ...{ code: z.number().int(), reason: text },
  }),
  z.object({
    ...{ kind: z.literal("refresh"), ...recipient, expired: z.boolean() },
    ...{ expiresAt: z.number().exactOptional(), info: text.exactOptional() },
  }),
  z.object({ kind: z.literal("message"), ...recipient, data: text }),
  z.object({ kind: z.enum(["join", "leave"]), channel: ChannelName, info }),
  z.object({ kind: z.literal("question"), node: text, nonce: z.number(), pattern: text }),
  z.object({
    ...{ kind: z.literal("answer"), node: text, nonce: z.number(), cut: z.boolean() },
    channels: z.array(z.tuple([ChannelName, count]).readonly()).readonly(),
  }),
]) satisfies z.ZodType<BusMessage>;

/** A message of one of these kinds, or undefined where it is none. */
export function asOther(value: unknown): BusMessage | undefined {
  const parsed = Other.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
