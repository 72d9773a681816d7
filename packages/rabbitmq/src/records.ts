import type { BusMessage } from "@bellwire/hub";
import type { ChannelName, ClientInfo, Publication } from "@bellwire/protocol";
import { asOther } from "./other-records.ts";
import { asDisconnect, asInfo, asProbe, asTags, isObject } from "./record-shapes.ts";

/*
 * An AMQP message of the bus is a version byte and records, each with its length (u32, big-endian) before it:
 *
 *   publication  1 | flags u8 | channel u8+bytes | epoch u8+bytes | offset f64 | [extras u32+JSON] | data, to the end
 *   disconnect   2 | JSON
 *   probe        3 | JSON
 *   all others   4 | JSON with `kind`
 *
 * Extras are there when flag 1 is set: `{"info":…,"tags":…}`. The README has the same table.
 */
const VERSION = 1;
const KIND = { publication: 1, disconnect: 2, probe: 3 } as const;
const OTHER_KIND = 4;
const HAS_EXTRAS = 1;
const LENGTH_BYTES = 4;
const MAX_EPOCH_BYTES = 255;

/** One record, its length before it. Throws RangeError where channel or epoch is longer than a byte can say. */
export function encodeRecord(message: BusMessage): Buffer {
  switch (message.kind) {
    case "publication":
      return encodePublication(message);
    case "disconnect":
    case "probe": {
      const { kind, ...rest } = message;
      return encodeJson(KIND[kind], rest);
    }
    default:
      return encodeJson(OTHER_KIND, message);
  }
}

function encodeJson(kind: number, value: object): Buffer {
  const json = JSON.stringify(value);
  const size = Buffer.byteLength(json);
  const record = Buffer.allocUnsafe(LENGTH_BYTES + 1 + size);
  record.writeUInt32BE(1 + size, 0);
  record.writeUInt8(kind, LENGTH_BYTES);
  record.write(json, LENGTH_BYTES + 1);
  return record;
}

/** Records joined into one AMQP message. */
export function joinRecords(records: readonly Buffer[]): Buffer {
  return Buffer.concat([VERSION_BYTE, ...records]);
}
const VERSION_BYTE = Buffer.of(VERSION);

/** The records of one AMQP message in order. What cannot be read is counted, never thrown: a newer node may know more kinds. */
export function readRecords(body: Buffer): { readonly messages: readonly BusMessage[]; readonly unreadable: number } {
  const messages: BusMessage[] = [];
  if (body[0] !== VERSION) return { messages, unreadable: 1 };
  let unreadable = 0;
  let at = 1;
  while (at < body.length) {
    const start = at + LENGTH_BYTES;
    const end = start <= body.length ? start + body.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > body.length) return { messages, unreadable: unreadable + 1 }; // cut off: no later record can be found
    const message = readRecord(body.subarray(start, end));
    if (message === undefined) unreadable += 1;
    else messages.push(message);
    at = end;
  }
  return { messages, unreadable };
}

function readRecord(record: Buffer): BusMessage | undefined {
  switch (record[0]) {
    case KIND.publication:
      return readPublication(record);
    case KIND.disconnect:
      return asDisconnect(parseJson(record.toString("utf8", 1)));
    case KIND.probe:
      return asProbe(parseJson(record.toString("utf8", 1)));
    case OTHER_KIND:
      return asOther(parseJson(record.toString("utf8", 1)));
    default:
      return undefined;
  }
}

function encodePublication({ channel, epoch, publication }: BusMessage & { kind: "publication" }): Buffer {
  const { data, offset, info, tags } = publication;
  const extras = info === undefined && tags === undefined ? "" : JSON.stringify({ info, tags });
  const epochBytes = Buffer.byteLength(epoch);
  if (epochBytes > MAX_EPOCH_BYTES) throw new RangeError(`an epoch of ${epochBytes} bytes`);
  const extrasBytes = Buffer.byteLength(extras);
  const size =
    12 + channel.length + epochBytes + (extrasBytes > 0 ? LENGTH_BYTES + extrasBytes : 0) + Buffer.byteLength(data);
  const record = Buffer.allocUnsafe(LENGTH_BYTES + size);
  let at = record.writeUInt32BE(size, 0);
  at = record.writeUInt8(KIND.publication, at);
  at = record.writeUInt8(extrasBytes > 0 ? HAS_EXTRAS : 0, at);
  at = record.writeUInt8(channel.length, at);
  at += record.write(channel, at, "latin1");
  at = record.writeUInt8(epochBytes, at);
  at += record.write(epoch, at);
  at = record.writeDoubleBE(offset, at);
  if (extrasBytes > 0) {
    at = record.writeUInt32BE(extrasBytes, at);
    at += record.write(extras, at);
  }
  record.write(data, at);
  return record;
}

function readPublication(record: Buffer): BusMessage | undefined {
  const flags = record[1];
  const channelEnd = 3 + (record[2] ?? 0);
  const epochStart = channelEnd + 1;
  const epochEnd = epochStart + (record[channelEnd] ?? 0);
  const offsetEnd = epochEnd + 8;
  if ((flags !== 0 && flags !== HAS_EXTRAS) || offsetEnd > record.length) return undefined;
  const channel = readChannel(record, 3, channelEnd);
  const offset = record.readDoubleBE(epochEnd);
  if (channel === undefined || !Number.isSafeInteger(offset) || offset < 0) return undefined;
  const epoch = record.toString("utf8", epochStart, epochEnd);
  const rest = flags === HAS_EXTRAS ? readExtras(record, offsetEnd) : { extras: {}, end: offsetEnd };
  if (rest === undefined) return undefined;
  const publication: Publication = { data: record.toString("utf8", rest.end), offset, ...rest.extras };
  return { kind: "publication", channel, epoch, publication };
}

/** The one place where bytes from the bus become a ChannelName: its rule (printable ASCII, 1 to 255) byte by byte. */
function readChannel(record: Buffer, start: number, end: number): ChannelName | undefined {
  if (start === end) return undefined;
  for (let at = start; at < end; at += 1) {
    const byte = record[at] ?? 0;
    if (byte < 0x21 || byte > 0x7e) return undefined;
  }
  return record.toString("latin1", start, end) as ChannelName;
}

interface Extras {
  info?: ClientInfo;
  tags?: Readonly<Record<string, string>>;
}

function readExtras(record: Buffer, start: number): { extras: Extras; end: number } | undefined {
  const textStart = start + LENGTH_BYTES;
  if (textStart > record.length) return undefined;
  const end = textStart + record.readUInt32BE(start);
  if (end > record.length) return undefined;
  const parsed = parseJson(record.toString("utf8", textStart, end));
  if (!isObject(parsed)) return undefined;
  const extras: Extras = {};
  if (parsed.info !== undefined) {
    const info = asInfo(parsed.info);
    if (info === undefined) return undefined;
    extras.info = info;
  }
  if (parsed.tags !== undefined) {
    const tags = asTags(parsed.tags);
    if (tags === undefined) return undefined;
    extras.tags = tags;
  }
  return { extras, end };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // counted by the caller
    throw error;
  }
}
