import { type Namespaces, rangeOf, rulesOf, type Streams } from "@bellwire/hub";
import { ChannelName, type Publication } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

/** Publications in one answer, whatever limit was asked for. */
const MAX_HISTORY = 1_000;

export const HistoryRequest = z.object({
  channel: ChannelName,
  limit: z.number().int().min(-1).optional(),
  since: z.object({ offset: z.number().int().min(0), epoch: z.string().max(64) }).optional(),
  reverse: z.boolean().optional(),
});

interface HistoryResult {
  readonly publications: readonly object[];
  readonly offset: number;
  readonly epoch: string;
}

/** A channel's kept publications and its position. */
export async function history(
  { streams, namespaces }: { readonly streams: Streams; readonly namespaces: Namespaces },
  request: z.infer<typeof HistoryRequest>,
): Promise<Answer<HistoryResult>> {
  const { channel, since } = request;
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return failure("unknownChannel");
  if (rules.history.size === 0) return failure("notAvailable", "this namespace keeps no history");
  const { top, publications } = await streams.read(channel, rangeOf(request, MAX_HISTORY));
  if (since !== undefined && since.epoch !== "" && since.epoch !== top.epoch)
    return failure("unrecoverablePosition", "the stream has another epoch");
  return { result: { publications: publications.map(shown), offset: top.offset, epoch: top.epoch } };
}

function shown({ data, offset, info, tags }: Publication): object {
  const publisher = info && {
    user: info.user,
    client: info.client,
    ...(info.connInfo && { conn_info: JSON.parse(info.connInfo) }),
  };
  return { data: JSON.parse(data), offset, ...(publisher && { info: publisher }), ...(tags && { tags }) };
}
