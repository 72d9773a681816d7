import type { Position, Publication } from "@bellwire/protocol";
import type { StreamSlice } from "../ports/streams.ts";

/** What a publication's offset, tags and names take at most, about. */
const ENVELOPE_BYTES = 128;

/** From where a client wants to go on. `epoch` "" fits every epoch. */
export interface RecoveryRequest {
  readonly epoch: string;
  readonly offset: number;
}

/** What a joining client gets: everything after its position, or nothing and the top to begin from. Never a part. */
export type CatchUp =
  | {
      readonly recovered: true;
      readonly from: number;
      readonly publications: readonly Publication[];
      readonly end: Position;
    }
  | { readonly recovered: false; readonly end: Position };

/**
 * Joins what a client missed (`slice`, read from the stream) with what went live while it was being read (`tail`), without
 * gap or repeat. Both are in offset order. `undefined` when the two do not meet: the read has to be repeated.
 */
export function catchUp(
  slice: StreamSlice,
  tail: readonly Publication[],
  request: RecoveryRequest | undefined,
): CatchUp | undefined {
  const joined = join(slice, tail);
  if (joined === undefined) return undefined;
  const { later, end } = joined;
  if (request === undefined) return { recovered: false, end };
  const fits = request.epoch === "" || request.epoch === end.epoch;
  const missed = slice.publications.filter(({ offset }) => offset > request.offset);
  const complete = request.offset <= slice.top.offset && missed.length === slice.top.offset - request.offset;
  if (!fits || !complete || !isContiguousFrom(missed, request.offset)) return { recovered: false, end };
  return { recovered: true, from: request.offset, publications: [...missed, ...later], end };
}

/** The same where only the latest publication counts: it, or nothing for who has it already. */
export function latest(
  slice: StreamSlice,
  tail: readonly Publication[],
  request: RecoveryRequest | undefined,
): CatchUp | undefined {
  const joined = join(slice, tail);
  if (joined === undefined) return undefined;
  const { later, end } = joined;
  const from = request?.offset ?? 0;
  if (request?.epoch === end.epoch && from === end.offset) return { recovered: true, from, publications: [], end };
  const last = later.at(-1) ?? slice.publications[0];
  // It may have been kept too short, or never have been there.
  if (last === undefined || last.offset !== end.offset) return { recovered: false, end };
  return { recovered: true, from: Math.min(from, last.offset - 1), publications: [last], end };
}

/** What was caught up; a reload where it is more than the client can be sent at once: it would be cut each time that it came back. */
export function bounded(caughtUp: CatchUp, client: { takes(historyBytes: number): boolean }): CatchUp {
  if (!caughtUp.recovered) return caughtUp;
  return client.takes(bytesOf(caughtUp.publications)) ? caughtUp : { recovered: false, end: caughtUp.end };
}

/** What they take in a reply, bytes, about. */
export const bytesOf = (publications: readonly Publication[]): number =>
  publications.reduce((sum, { data }) => sum + Buffer.byteLength(data) + ENVELOPE_BYTES, 0);

/** What went live beyond the slice, and where both end together; `undefined` when they do not meet. */
function join(
  { top }: StreamSlice,
  tail: readonly Publication[],
): { readonly later: readonly Publication[]; readonly end: Position } | undefined {
  const later = tail.filter(({ offset }) => offset > top.offset);
  if (!isContiguousFrom(later, top.offset)) return undefined;
  return { later, end: { epoch: top.epoch, offset: top.offset + later.length } };
}

function isContiguousFrom(publications: readonly Publication[], start: number): boolean {
  return publications.every(({ offset }, index) => offset === start + index + 1);
}
