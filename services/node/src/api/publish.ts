import { type Append, type Namespaces, type Publisher, rulesOf } from "@bellwire/hub";
import { ChannelName } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

/** The largest payload, bytes of compacted JSON. */
export const MAX_DATA_BYTES = 65_536;
const MAX_BROADCAST_CHANNELS = 1_000;
const MAX_TAGS = 32;
/** A version of the API is one of the channel as a whole. */
const WHOLE_CHANNEL = "*";

const Message = z.object({
  data: z.unknown().optional(),
  b64data: z.base64().optional(),
  skip_history: z.boolean().default(false),
  tags: z
    .record(z.string().max(64), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `at most ${MAX_TAGS} are allowed`)
    .optional(),
  idempotency_key: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[!-~]+$/)
    .optional(),
  version: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  version_epoch: z.string().max(64).optional(),
  delta: z.boolean().optional().describe("Taken and without effect: the namespace decides."),
});
export const PublishRequest = Message.extend({ channel: ChannelName });
export const BroadcastRequest = Message.extend({ channels: z.array(ChannelName).min(1).max(MAX_BROADCAST_CHANNELS) });

interface PublishWorld {
  readonly publisher: Publisher;
  readonly namespaces: Namespaces;
  /** A channel of a broadcast could not be published to. */
  readonly failed: (error: unknown) => void;
}

interface PublishResult {
  readonly offset?: number;
  readonly epoch?: string;
}

/** Publishes to one channel. A repeat with the same idempotency key answers as the first did and sends nothing new. */
export async function publish(
  world: PublishWorld,
  request: z.infer<typeof PublishRequest>,
): Promise<Answer<PublishResult>> {
  const { channel, ...message } = request;
  const payload = payloadOf(message);
  return "error" in payload ? payload : publishTo(world, channel, message, payload.text);
}

/** Publishes the same to many channels; each has its own answer. */
export async function broadcast(
  world: PublishWorld,
  request: z.infer<typeof BroadcastRequest>,
): Promise<Answer<{ readonly responses: readonly Answer<PublishResult>[] }>> {
  const { channels, ...message } = request;
  const payload = payloadOf(message);
  if ("error" in payload) return payload;
  const publishing = channels.map((channel) => publishTo(world, channel, message, payload.text));
  const responses = (await Promise.allSettled(publishing)).map((outcome) => {
    if (outcome.status === "fulfilled") return outcome.value;
    world.failed(outcome.reason);
    return failure("internal");
  });
  return { result: { responses } };
}

async function publishTo(
  { publisher, namespaces }: PublishWorld,
  channel: ChannelName,
  message: z.infer<typeof Message>,
  data: string,
): Promise<Answer<PublishResult>> {
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return failure("unknownChannel");
  const { tags, idempotency_key: key, version, version_epoch: epoch } = message;
  const append: Append = {
    channel,
    data,
    dedupMs: rules.dedupMs,
    versionTtlMs: rules.versionTtlMs,
    history: message.skip_history ? { size: 0, ttlMs: rules.history.ttlMs } : rules.history,
    ...(tags === undefined ? {} : { tags }),
    ...(key === undefined ? {} : { eventId: `api:${key}` }),
    ...(version === undefined
      ? {}
      : { version: { subject: WHOLE_CHANNEL, number: version, ...(epoch === undefined ? {} : { epoch }) } }),
  };
  const { position } = await publisher.publishDurably(append);
  return { result: append.history.size === 0 ? {} : { offset: position.offset, epoch: position.epoch } };
}

function payloadOf({ data, b64data }: z.infer<typeof Message>): { readonly text: string } | ReturnType<typeof failure> {
  const value = b64data === undefined ? { json: data } : decode(b64data);
  if (value === undefined) return failure("badRequest", "b64data does not hold JSON in UTF-8");
  if (value.json === undefined) return failure("badRequest", "data or b64data must be set");
  const text = JSON.stringify(value.json);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DATA_BYTES)
    return failure("limitExceeded", `data has ${bytes} bytes, at most ${MAX_DATA_BYTES} are allowed`);
  return { text };
}

function decode(base64: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64, "base64"))) };
  } catch {
    // Not UTF-8 or not JSON: the caller answers what was expected.
    return undefined;
  }
}
