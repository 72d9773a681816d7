import { z } from "zod";

/** What changes a namespace's rules for one subscription. */
export interface SubscriptionOverride {
  readonly presence?: boolean;
  readonly joinLeave?: boolean;
  readonly forcePushJoinLeave?: boolean;
  readonly forceRecovery?: boolean;
  readonly forcePositioning?: boolean;
}

/** What a token, the server API or the shop's backend says of one subscription. */
export interface SubscriptionGrant {
  /** JSON text shown to others as `chan_info`. */
  readonly info?: string;
  /** JSON text for the client, in the subscribe reply or push. */
  readonly data?: string;
  /** When the subscription must have been refreshed, ms since 1970; absent: never. */
  readonly expiresAt?: number;
  readonly override?: SubscriptionOverride;
}

const value = z
  .object({ value: z.boolean() })
  .transform((given) => given.value)
  .optional();

const Override = z
  .object({
    presence: value,
    join_leave: value,
    force_push_join_leave: value,
    force_recovery: value,
    force_positioning: value,
  })
  .transform(
    (given): SubscriptionOverride => ({
      ...(given.presence !== undefined && { presence: given.presence }),
      ...(given.join_leave !== undefined && { joinLeave: given.join_leave }),
      ...(given.force_push_join_leave !== undefined && { forcePushJoinLeave: given.force_push_join_leave }),
      ...(given.force_recovery !== undefined && { forceRecovery: given.force_recovery }),
      ...(given.force_positioning !== undefined && { forcePositioning: given.force_positioning }),
    }),
  );

/** JSON that travels as bytes in Base64, as its compacted text. */
export const Base64Json = z.base64().transform((text, context) => {
  try {
    return JSON.stringify(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"))));
  } catch {
    // Not UTF-8 or not JSON.
    context.addIssue({ code: "custom", message: "must be JSON in UTF-8, in Base64" });
    return z.NEVER;
  }
});

/** Any JSON, as its compacted text; what is nested too deeply to be written again is refused. */
export const JsonText = z.unknown().transform((given, context) => {
  try {
    return given === undefined ? undefined : JSON.stringify(given);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: "is nested too deeply" });
    return z.NEVER;
  }
});

/** The fields of a grant as they stand in tokens, API bodies and backend answers. */
export const grantFields = {
  info: JsonText.optional(),
  b64info: Base64Json.optional(),
  data: JsonText.optional(),
  b64data: Base64Json.optional(),
  override: Override.optional(),
} as const;

/** The grant that such fields state; `b64…` wins over its plain twin, and null counts as absent. `expire_at` is in seconds, 0 is never. */
export function grantOf(
  fields: Partial<z.infer<z.ZodObject<typeof grantFields>>> & { readonly expire_at?: number | undefined },
): SubscriptionGrant {
  const info = fields.b64info ?? fields.info;
  const data = fields.b64data ?? fields.data;
  return {
    ...(given(info) && { info }),
    ...(given(data) && { data }),
    ...(fields.override !== undefined && { override: fields.override }),
    ...(fields.expire_at ? { expiresAt: fields.expire_at * 1_000 } : {}),
  };
}

const given = (text: string | undefined): text is string => text !== undefined && text !== "null";
