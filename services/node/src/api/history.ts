import { type Namespaces, rangeOf, rulesOf, type Streams } from "@bellwire/hub";
import { ChannelName, type Publication } from "@bellwire/protocol";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import { shownInfo } from "./presence.ts";

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

export const HistoryRemoveRequest = z.object({ channel: ChannelName });

/** Removes what is kept of a channel; its position goes on. Who was away then is told to reload. */
export async function historyRemove(
  { streams, namespaces }: { readonly streams: Streams; readonly namespaces: Namespaces },
  { channel }: z.infer<typeof HistoryRemoveRequest>,
): Promise<Answer<object>> {
  const rules = rulesOf(namespaces, channel);
  if (rules === undefined) return failure("unknownChannel");
  if (rules.history.size === 0) return failure("notAvailable", "this namespace keeps no history");
  await streams.clear(channel);
  return { result: {} };
}

function shown({ data, offset, info, tags }: Publication): object {
  return { data: JSON.parse(data), offset, ...(info && { info: shownInfo(info) }), ...(tags && { tags }) };
}
