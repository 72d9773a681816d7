import { z } from "zod";
import { ChannelName } from "./channel.ts";

const MAX_UINT32 = 4_294_967_295;
const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const epoch = z.string().max(64);
const token = z.string().max(8_192);

const ConnectRequest = z.object({
  token: token.optional(),
  name: z.string().max(64).optional(),
  version: z.string().max(64).optional(),
  data: z.unknown().optional(),
});

const SubscribeRequest = z.object({
  channel: ChannelName,
  token: token.optional(),
  recover: z.boolean().optional(),
  epoch: epoch.optional(),
  offset: offset.optional(),
  /** Bit 2: answer error 112 instead of subscribing when the position cannot be recovered. */
  flag: z.number().int().min(0).max(MAX_UINT32).optional(),
  /** A tags filter: declined, because ignoring it would leak what the client did not want. */
  tf: z.unknown().optional(),
  /** 1 and up: map and shared-poll subscriptions, which are declined. */
  type: z.number().int().optional(),
});

const HistoryRequest = z.object({
  channel: ChannelName,
  /** 0 or absent: the position alone; -1: all, up to the server's cap. */
  limit: z.number().int().min(-1).max(MAX_UINT32).optional(),
  since: z.object({ offset: offset.default(0), epoch: epoch.default("") }).optional(),
  reverse: z.boolean().optional(),
});

/** Request schemas by method, in the order in which a command's method is looked for. Unknown fields are dropped: SDKs send more than is used here. */
export const requests = {
  connect: z.compile(ConnectRequest),
  subscribe: z.compile(SubscribeRequest),
  unsubscribe: z.compile(z.object({ channel: ChannelName })),
  publish: z.compile(z.object({ channel: ChannelName, data: z.unknown() })),
  history: z.compile(HistoryRequest),
  refresh: z.compile(z.object({ token })),
  presence: z.compile(z.object({})),
  presence_stats: z.compile(z.object({})),
  rpc: z.compile(z.object({})),
  sub_refresh: z.compile(z.object({})),
  ping: z.compile(z.object({})),
} as const;

export type Method = keyof typeof requests;
export type ConnectRequest = z.infer<typeof ConnectRequest>;
export type SubscribeRequest = z.infer<typeof SubscribeRequest>;
export type HistoryRequest = z.infer<typeof HistoryRequest>;

/** What a client asks for, bounded and typed. `id` is the client's and comes back in the reply. */
export type Command = {
  [M in Method]: { readonly id: number; readonly method: M; readonly request: z.infer<(typeof requests)[M]> };
}[Method];

/** One thing in a client frame: a command, the answer to a ping, or something that cannot be taken. */
export type Incoming =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "pong" }
  /** The command is answered with this error; the connection goes on. */
  | { readonly kind: "refused"; readonly id: number; readonly error: "badRequest" | "methodNotFound" }
  /** The client does not speak the protocol: the connection ends. */
  | { readonly kind: "violation"; readonly close: "badRequest" | "notAvailable" };

/** Reads one decoded command object, whatever the codec. Never throws. */
export function readCommand(value: unknown): Incoming {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return violation;
  const fields = value as Readonly<Record<string, unknown>>;
  const id = fields.id ?? 0;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > MAX_UINT32) return violation;
  if (id === 0) return withoutId(fields);
  for (const method of methods) {
    const given = fields[method];
    if (given === undefined) continue;
    const parsed = requests[method].safeParse(given);
    if (!parsed.success) return { kind: "refused", id, error: "badRequest" };
    return { kind: "command", command: { id, method, request: parsed.data } as Command };
  }
  return { kind: "refused", id, error: "methodNotFound" };
}

const methods = Object.keys(requests) as Method[];
const violation: Incoming = { kind: "violation", close: "badRequest" };

function withoutId(fields: Readonly<Record<string, unknown>>): Incoming {
  if (fields.send !== undefined) return { kind: "violation", close: "notAvailable" };
  return Object.keys(fields).length === 0 ? { kind: "pong" } : violation;
}
