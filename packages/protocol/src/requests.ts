import { z } from "zod";
import { ChannelName } from "./channel.ts";

const MAX_UINT32 = 4_294_967_295;
/** The longest connection or subscription token, characters. */
const MAX_TOKEN_LENGTH = 8_192;
/** Emulated headers of one connect command. */
const MAX_HEADERS = 32;
/** Server-side subscriptions that one connect command asks to recover. */
const MAX_RECOVERED_SUBSCRIPTIONS = 256;
/** The longest name of an RPC method, characters. */
const MAX_METHOD_LENGTH = 255;

const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const epoch = z.string().max(64);
const token = z.string().max(MAX_TOKEN_LENGTH);
const kind = z.number().int();
const flag = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The application's own value as compacted JSON text; one that is no JSON, or nested too deeply to be written again, is refused. */
const payload = z.unknown().transform((value, context): string => {
  const text = compacted(value);
  if (text !== undefined) return text;
  context.addIssue({ code: "custom", message: "is no JSON, or nested too deeply" });
  return z.NEVER;
});

function compacted(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function bounded<T>(max: number, schema: z.ZodType<Record<string, T>>) {
  return schema.refine((record) => Object.keys(record).length <= max, `must have at most ${max} entries`);
}

const Recovery = z.object({ recover: z.boolean().optional(), epoch: epoch.optional(), offset: offset.optional() });

const ConnectRequest = z.object({
  token: token.optional(),
  name: z.string().max(64).optional(),
  version: z.string().max(64).optional(),
  data: payload.optional(),
  /** Headers that a browser cannot set itself, for a proxy to the shop's backend. */
  headers: bounded(MAX_HEADERS, z.record(z.string().min(1).max(128), z.string().max(MAX_TOKEN_LENGTH))).optional(),
  /** From where the server-side subscriptions of an earlier connection want to go on. */
  subs: bounded(MAX_RECOVERED_SUBSCRIPTIONS, z.record(ChannelName, Recovery)).optional(),
  flag: flag.optional(),
});

const SubscribeRequest = z.object({
  channel: ChannelName,
  token: token.optional(),
  recover: z.boolean().optional(),
  epoch: epoch.optional(),
  offset: offset.optional(),
  data: payload.optional(),
  /** The client would like the server to watch its position, to recover, to be told who joins and leaves. */
  positioned: z.boolean().optional(),
  recoverable: z.boolean().optional(),
  join_leave: z.boolean().optional(),
  /** "fossil": the client takes differences to the publication before. */
  delta: z.string().max(32).optional(),
  /** Bit 2: answer error 112 instead of subscribing when the position cannot be recovered. */
  flag: flag.optional(),
  /** A tags filter: declined, because ignoring it would leak what the client did not want. */
  tf: z.unknown().optional(),
  /** 1 and up: map and shared-poll subscriptions, which are declined. */
  type: kind.optional(),
});

const HistoryRequest = z.object({
  channel: ChannelName,
  /** 0 or absent: the position alone; -1: all, up to the server's cap. */
  limit: z.number().int().min(-1).max(MAX_UINT32).optional(),
  since: z.object({ offset: offset.default(0), epoch: epoch.default("") }).optional(),
  reverse: z.boolean().optional(),
});

const OfChannel = z.object({ channel: ChannelName });

/** Request schemas by method, in the order in which a command's method is looked for. Unknown fields are dropped: SDKs send more than is used here. */
export const requests = {
  connect: z.compile(ConnectRequest),
  subscribe: z.compile(SubscribeRequest),
  unsubscribe: z.compile(OfChannel),
  /** `type` 1 and up: publications into maps, which are declined. */
  publish: z.compile(z.object({ channel: ChannelName, data: payload, type: kind.optional() })),
  presence: z.compile(OfChannel),
  presence_stats: z.compile(OfChannel),
  history: z.compile(HistoryRequest),
  rpc: z.compile(z.object({ method: z.string().max(MAX_METHOD_LENGTH).default(""), data: payload.optional() })),
  refresh: z.compile(z.object({ token })),
  /** `type` 1 and up: shared polls, which are declined. */
  sub_refresh: z.compile(z.object({ channel: ChannelName, token: token.optional(), type: kind.optional() })),
  ping: z.compile(z.object({})),
} as const;

/** A message that gets no answer: the only thing besides a pong that has no id. */
export const SendRequest = z.compile(z.object({ data: payload }));

export type Method = keyof typeof requests;
export type RequestOf<M extends Method> = z.infer<(typeof requests)[M]>;
export type ConnectRequest = z.infer<typeof ConnectRequest>;
export type SubscribeRequest = z.infer<typeof SubscribeRequest>;
export type HistoryRequest = z.infer<typeof HistoryRequest>;

/** Reads what a client of a unidirectional transport begins with; undefined where it is no connect request. Never throws. */
export function readConnectRequest(value: unknown): ConnectRequest | undefined {
  const parsed = requests.connect.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
