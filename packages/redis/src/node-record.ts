import type { NodeRecord } from "@bellwire/hub";
import { z } from "zod";

const count = z.number().int().nonnegative();

const MAX_SETTINGS = 16;

const NodeRecordText = z.object({
  id: z.string().min(1).max(128),
  name: z.string().max(128),
  version: z.string().max(64),
  address: z.string().max(261),
  opsAddress: z.string().max(261),
  publicUrl: z.string().max(512).exactOptional(),
  state: z.enum(["up", "draining"]),
  ready: z.boolean(),
  startedAt: count,
  clients: count,
  users: count,
  subscriptions: count,
  channels: count,
  settings: z
    .record(z.string().max(64), z.string().max(64))
    .refine((settings) => Object.keys(settings).length <= MAX_SETTINGS, `more than ${MAX_SETTINGS}`)
    .exactOptional(),
}) satisfies z.ZodType<NodeRecord>;

export type ParsedNodeRecord =
  | { readonly ok: true; readonly record: NodeRecord }
  | { readonly ok: false; readonly reason: string };

/** A registry entry as a node wrote it, perhaps of another version of this code. */
export function parseNodeRecord(text: string): ParsedNodeRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${String(error)}` };
  }
  const parsed = NodeRecordText.safeParse(json);
  return parsed.success
    ? { ok: true, record: parsed.data }
    : { ok: false, reason: z.prettifyError(parsed.error).replaceAll("\n", " ") };
}
