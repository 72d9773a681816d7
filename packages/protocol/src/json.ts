import type { ChannelName } from "./channel.ts";
import { unsubscribes } from "./closes.ts";
import type { Codec, Encoded } from "./codec.ts";
import { type Incoming, readCommand } from "./command.ts";
import { errors } from "./errors.ts";
import type { ClientInfo, Publication } from "./publication.ts";
import type { ConnectResult, HistoryResult, Push, Reply, SubscribeResult } from "./reply.ts";

/** The JSON codec: objects separated by one newline; payloads are embedded as they are, never parsed again. */
export const jsonCodec: Codec = {
  name: "json",
  binary: false,
  decode,
  reply: (reply) => Buffer.from(replyText(reply)),
  push: (push) => Buffer.from(pushText(push)),
  ping: Buffer.from("{}"),
  join(messages) {
    const parts: Encoded[] = [];
    for (const message of messages) parts.push(message, newline);
    parts.pop();
    return Buffer.concat(parts);
  },
};

const newline: Encoded = Buffer.from("\n");

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

function replyText(reply: Reply): string {
  if ("error" in reply) return `{"id":${reply.id},"error":${JSON.stringify(errors[reply.error])}}`;
  return `{"id":${reply.id},"${reply.method}":${resultText(reply)}}`;
}

function resultText(reply: Exclude<Reply, { readonly error: unknown }>): string {
  switch (reply.method) {
    case "connect":
      return connectText(reply.result);
    case "subscribe":
      return subscribeText(reply.result);
    case "history":
      return historyText(reply.result);
    case "refresh":
      return JSON.stringify(reply.result);
    case "unsubscribe":
    case "publish":
      return "{}";
    default:
      return reply satisfies never;
  }
}

function connectText({ data, ...fields }: ConnectResult): string {
  const text = JSON.stringify(fields);
  return data === undefined ? text : `${text.slice(0, -1)},"data":${data}}`;
}

function subscribeText(result: SubscribeResult): string {
  const { publications = [], wasRecovering, ...fields } = result;
  const text = JSON.stringify({ ...fields, was_recovering: wasRecovering });
  return publications.length === 0 ? text : withPublications(text, publications);
}

function historyText({ publications, ...position }: HistoryResult): string {
  return withPublications(JSON.stringify(position), publications);
}

/** `object` must have at least one field. */
function withPublications(object: string, publications: readonly Publication[]): string {
  return `${object.slice(0, -1)},"publications":[${publications.map(publicationText).join(",")}]}`;
}

function pushText(push: Push): string {
  const channel = channelText(push.channel);
  switch (push.kind) {
    case "publication":
      return `{"push":{"channel":${channel},"pub":${publicationText(push.publication)}}}`;
    case "unsubscribe":
      return `{"push":{"channel":${channel},"unsubscribe":${JSON.stringify(unsubscribes[push.cause])}}}`;
    default:
      return push satisfies never;
  }
}

const channelText = (channel: ChannelName) => JSON.stringify(channel);

function publicationText({ data, offset, info, tags }: Publication): string {
  let text = `{"data":${data}`;
  if (offset > 0) text += `,"offset":${offset}`;
  if (info !== undefined) text += `,"info":${infoText(info)}`;
  if (tags !== undefined) text += `,"tags":${JSON.stringify(tags)}`;
  return `${text}}`;
}

function infoText({ user, client, connInfo, chanInfo }: ClientInfo): string {
  let text = `{"user":${JSON.stringify(user)},"client":${JSON.stringify(client)}`;
  if (connInfo !== undefined) text += `,"conn_info":${connInfo}`;
  if (chanInfo !== undefined) text += `,"chan_info":${chanInfo}`;
  return `${text}}`;
}
