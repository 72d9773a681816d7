import { type Close, unsubscribes } from "./closes.ts";
import { errors } from "./errors.ts";
import type { ClientInfo, Publication } from "./publication.ts";
import type { ConnectResult, Push, Reply, ResultReply, SubscribeResult } from "./reply.ts";

/** A message as protobufjs takes it: fields that are undefined are not written. */
type Message = Readonly<Record<string, unknown>>;

/** A reply as a message of the schema. */
export function replyMessage(reply: Reply): Message {
  if (!("error" in reply)) return { id: reply.id, [reply.method]: resultMessage(reply) };
  return { id: reply.id, error: typeof reply.error === "string" ? errors[reply.error] : reply.error };
}

/** A push as a message of the schema. */
export function pushMessage(push: Push): Message {
  switch (push.kind) {
    case "publication":
      return { channel: push.channel, pub: publicationMessage(push.publication) };
    case "difference":
      return { channel: push.channel, pub: differenceMessage(push.publication, push.difference) };
    case "join":
    case "leave":
      return { channel: push.channel, [push.kind]: { info: infoMessage(push.info) } };
    case "subscribe":
      return { channel: push.channel, subscribe: withData(push.subscribed) };
    case "unsubscribe":
      return {
        channel: push.channel,
        unsubscribe: typeof push.cause === "string" ? unsubscribes[push.cause] : push.cause,
      };
    case "message":
      return { message: withData(push) };
    case "disconnect":
      return { disconnect: push.close satisfies Close };
    case "connect":
      return { connect: connectMessage(push.result) };
    case "refresh":
      return { refresh: push.result };
    default:
      return push satisfies never;
  }
}

function resultMessage(reply: ResultReply): Message {
  switch (reply.method) {
    case "connect":
      return connectMessage(reply.result);
    case "subscribe":
      return subscribeMessage(reply.result);
    case "history":
      return { ...reply.result, publications: reply.result.publications.map(publicationMessage) };
    case "presence":
      return { presence: Object.fromEntries(reply.result.presence.map((info) => [info.client, infoMessage(info)])) };
    case "presence_stats":
      return { num_clients: reply.result.clients, num_users: reply.result.users };
    case "rpc":
      return withData(reply.result);
    case "refresh":
    case "sub_refresh":
      return { ...reply.result };
    case "unsubscribe":
    case "publish":
      return {};
    default:
      return reply satisfies never;
  }
}

function connectMessage({ subs = new Map(), ...rest }: ConnectResult): Message {
  const subscribed = [...subs].map(([channel, result]) => [channel, subscribeMessage(result)] as const);
  return { ...withData(rest), subs: Object.fromEntries(subscribed) };
}

function subscribeMessage({ publications = [], wasRecovering, ...rest }: SubscribeResult): Message {
  return { ...withData(rest), was_recovering: wasRecovering, publications: publications.map(publicationMessage) };
}

function withData({ data, ...fields }: { readonly data?: string | undefined }): Message {
  return { ...fields, data: bytesOf(data) };
}

function differenceMessage(publication: Publication, difference: string | undefined): Message {
  const message = publicationMessage(publication);
  return difference === undefined ? message : { ...message, data: Buffer.from(difference), delta: true };
}

function publicationMessage({ data, offset, info, tags }: Publication): Message {
  return { data: Buffer.from(data), offset: offset === 0 ? undefined : offset, info: info && infoMessage(info), tags };
}

const infoMessage = ({ user, client, connInfo, chanInfo }: ClientInfo): Message => ({
  user,
  client,
  conn_info: bytesOf(connInfo),
  chan_info: bytesOf(chanInfo),
});

const bytesOf = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Buffer.from(text);
