import { Base64Json, ChannelName, grantFields, isApplicationError, isUsableClose, JsonText } from "@bellwire/protocol";
import { z } from "zod";

/** Channels that one connect may be subscribed to. */
const MAX_CHANNELS = 128;
const seconds = z
  .number()
  .int()
  .min(0)
  .max(Math.floor(Number.MAX_SAFE_INTEGER / 1_000));

const ErrorAnswer = z
  .object({ code: z.number().int(), message: z.string(), temporary: z.boolean().optional() })
  .refine(({ code, message }) => isApplicationError({ code, message }), "needs a code from 400 to 1999");
const CloseAnswer = z
  .object({ code: z.number().int(), reason: z.string() })
  .refine(isUsableClose, "needs a code from 3000 to 4999 and a reason in plain words");

/** What every answer of the backend is: a result, an error for the client, or the end of its connection. */
export const Answer = z.object({
  result: z.unknown().optional(),
  error: ErrorAnswer.nullish(),
  disconnect: CloseAnswer.nullish(),
});
export type RefusalAnswer =
  | { readonly error: z.infer<typeof ErrorAnswer> }
  | { readonly disconnect: z.infer<typeof CloseAnswer> };

/** `b64data` wins over its plain twin. */
const Payload = z.object({ data: JsonText.optional(), b64data: Base64Json.optional() });
const payloadOf = ({ data, b64data }: z.infer<typeof Payload>): { readonly data?: string } => {
  const text = b64data ?? data;
  return text === undefined ? {} : { data: text };
};

export const ConnectAnswer = z.object({
  ...grantFields,
  user: z
    .string()
    .max(128)
    .regex(/^[!-~]*$/)
    .default(""),
  expire_at: seconds.optional(),
  meta: JsonText.optional(),
  channels: z.array(ChannelName).max(MAX_CHANNELS).default([]),
  subs: z
    .record(ChannelName, z.object(grantFields))
    .refine((subs) => Object.keys(subs).length <= MAX_CHANNELS, `at most ${MAX_CHANNELS} are allowed`)
    .default({}),
});
export const SubscribeAnswer = z.object({ ...grantFields, expire_at: seconds.optional() });
export const PublishAnswer = Payload.extend({ skip_history: z.boolean().default(false) }).transform((answer) => ({
  ...payloadOf(answer),
  skip_history: answer.skip_history,
}));
export const RpcAnswer = Payload.transform(payloadOf);
