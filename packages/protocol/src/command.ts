import { type Method, type RequestOf, requests, SendRequest } from "./requests.ts";

const MAX_UINT32 = 4_294_967_295;

/** What a client asks for, bounded and typed. `id` is the client's and comes back in the reply. */
export type Command = {
  [M in Method]: { readonly id: number; readonly method: M; readonly request: RequestOf<M> };
}[Method];

/** One thing in a client frame: a command, a message, the answer to a ping, or something that cannot be taken. */
export type Incoming =
  | { readonly kind: "command"; readonly command: Command }
  /** A message without an answer; `data` is JSON text. */
  | { readonly kind: "send"; readonly data: string }
  | { readonly kind: "pong" }
  /** The command is answered with this error; the connection goes on. */
  | { readonly kind: "refused"; readonly id: number; readonly error: "badRequest" | "methodNotFound" }
  /** The client does not speak the protocol: the connection ends. */
  | { readonly kind: "violation"; readonly close: "badRequest" };

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
  if (fields.send !== undefined) {
    const parsed = SendRequest.safeParse(fields.send);
    return parsed.success ? { kind: "send", data: parsed.data.data } : violation;
  }
  return Object.keys(fields).length === 0 ? { kind: "pong" } : violation;
}
