import type { Codec } from "./codec.ts";
import { type Incoming, readCommand } from "./command.ts";
import { pushMessage, replyMessage } from "./protobuf-message.ts";
import { CommandMessage, ReplyMessage } from "./protobuf-schema.ts";

/**
 * The Protobuf codec: each message after its length, one after the other. Payloads are JSON texts here as well, so that every
 * channel can be read in both codecs; a client's payload that is not JSON is a bad request.
 */
export const protobufCodec: Codec = {
  name: "protobuf",
  binary: true,
  decode,
  reply: (reply) => ReplyMessage.encodeDelimited(replyMessage(reply)).finish(),
  push: (push) => ReplyMessage.encodeDelimited({ push: pushMessage(push) }).finish(),
  ping: ReplyMessage.encodeDelimited({}).finish(),
  join: (messages) => Buffer.concat(messages),
};

/** A length has at most five bytes of seven bits. */
const MAX_LENGTH_BYTES = 5;

function* decode(frame: Uint8Array): Iterable<Incoming> {
  let at = 0;
  do {
    const length = lengthAt(frame, at);
    const start = at + (length?.bytes ?? 0);
    const end = start + (length?.value ?? Number.POSITIVE_INFINITY);
    if (end > frame.byteLength) return yield readCommand(undefined);
    yield end === start ? { kind: "pong" } : readCommand(parse(frame.subarray(start, end)));
    at = end;
  } while (at < frame.byteLength);
}

/** The length that begins at `at`, and how many bytes it takes; undefined where there is none. */
function lengthAt(frame: Uint8Array, at: number): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let bytes = 1; bytes <= MAX_LENGTH_BYTES; bytes += 1) {
    const byte = frame[at + bytes - 1];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * (bytes - 1));
    if (byte < 0x80) return { value, bytes };
  }
  return undefined;
}

/** The command as readCommand takes it; undefined where the bytes are none. */
function parse(bytes: Uint8Array): unknown {
  try {
    return withPayload(CommandMessage.toObject(CommandMessage.decode(bytes), { longs: Number }));
  } catch {
    // No message of the schema: readCommand takes undefined for the protocol violation that it is.
    return undefined;
  }
}

/** Stands for a payload that is not JSON. */
const notJson = Symbol("not JSON");

/** Replaces the bytes of a request's payload by the value that they hold. */
function withPayload(command: Record<string, unknown>): Record<string, unknown> {
  for (const [method, request] of Object.entries(command))
    if (typeof request === "object" && request !== null && "data" in request)
      command[method] = { ...request, data: jsonOf(request.data as Uint8Array) };
  return command;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return notJson;
  }
}
