import { ChannelName, grantFields, grantOf, JsonText, type SubscriptionGrant } from "@bellwire/protocol";
import { z } from "zod";
import type { ConnectionClaims, SubscriptionClaims } from "./verdict.ts";

/** Channels that one token may subscribe its client to. */
const MAX_CHANNELS = 128;

const User = z
  .string()
  .max(128)
  .regex(/^[!-~]*$/)
  .default("");
const seconds = z
  .number()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER / 1_000);

const Grant = z.object(grantFields);

const Connection = z.object({
  sub: User,
  exp: seconds.optional(),
  expire_at: seconds.optional(),
  info: grantFields.info,
  b64info: grantFields.b64info,
  meta: JsonText.optional(),
  channels: z.array(ChannelName).max(MAX_CHANNELS).optional(),
  subs: z
    .record(ChannelName, Grant)
    .refine((subs) => Object.keys(subs).length <= MAX_CHANNELS, `at most ${MAX_CHANNELS} are allowed`)
    .optional(),
  // A subscription token must not open a connection.
  channel: z.undefined().optional(),
});

const Subscription = Grant.extend({
  sub: User,
  channel: ChannelName,
  client: z.string().min(1).max(128).optional(),
  exp: seconds.optional(),
  expire_at: seconds.optional(),
});

/** Reads a verified connection token's payload; undefined where it is none. */
export function readConnection(payload: unknown): ConnectionClaims | undefined {
  const read = Connection.safeParse(payload);
  if (!read.success) return undefined;
  const { sub, channels = [], subs = {}, meta, ...rest } = read.data;
  const { info } = grantOf({ info: rest.info, b64info: rest.b64info });
  const subscriptions = new Map<ChannelName, SubscriptionGrant>(channels.map((channel) => [channel, {}]));
  for (const [channel, grant] of Object.entries(subs)) subscriptions.set(channel as ChannelName, grantOf(grant));
  const expiry = expiryOf(rest);
  return {
    user: sub,
    ...(expiry && { expiresAt: expiry * 1_000 }),
    ...(info !== undefined && { info }),
    ...(meta !== undefined && meta !== "null" && { meta }),
    ...(subscriptions.size > 0 && { subscriptions }),
  };
}

/** Reads a verified subscription token's payload; undefined where it is none. */
export function readSubscription(payload: unknown): SubscriptionClaims | undefined {
  const read = Subscription.safeParse(payload);
  if (!read.success) return undefined;
  const { sub, channel, client, exp, expire_at, ...fields } = read.data;
  return {
    user: sub,
    channel,
    ...(client !== undefined && { client }),
    grant: grantOf({ ...fields, expire_at: expiryOf({ exp, expire_at }) }),
  };
}

/** `expire_at` wins over the token's own end; 0 means that what the token opened never expires, though the token does. */
const expiryOf = (times: { exp?: number | undefined; expire_at?: number | undefined }): number | undefined =>
  times.expire_at === undefined ? times.exp : times.expire_at || undefined;
