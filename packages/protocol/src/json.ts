import type { Codec, Encoded } from "./codec.ts";
import { type Incoming, readCommand } from "./command.ts";
import { pushFields, replyText } from "./json-text.ts";

/** The JSON codec: objects separated by one newline; payloads are embedded as they are, never parsed again. */
export const jsonCodec: Codec = {
  name: "json",
  binary: false,
  decode,
  reply: (reply) => Buffer.from(replyText(reply)),
  push: (push) => Buffer.from(`{"push":{${pushFields(push)}}}`),
  ping: Buffer.from("{}"),
  join,
};

/**
 * The JSON of unidirectional transports: bare pushes. A connect result travels as a push; nothing else is ever answered
 * there, since such clients send no commands.
 */
export const uniJsonCodec: Codec = {
  ...jsonCodec,
  push: (push) => Buffer.from(`{${pushFields(push)}}`),
};

const newline: Encoded = Buffer.from("\n");

function join(messages: readonly Encoded[]): Encoded {
  const parts: Encoded[] = [];
  for (const message of messages) parts.push(message, newline);
  parts.pop();
  return Buffer.concat(parts);
}

function* decode(frame: Uint8Array): Iterable<Incoming> {
  const text = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString("utf8");
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  for (const line of body.split("\n")) yield line === "{}" ? { kind: "pong" } : readCommand(parse(line));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON: readCommand takes undefined for the protocol violation that it is.
    return undefined;
  }
}
