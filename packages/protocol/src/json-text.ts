import { type Close, unsubscribes } from "./closes.ts";
import { errors } from "./errors.ts";
import type { ClientInfo, Publication } from "./publication.ts";
import type { ConnectResult, Push, Reply, ResultReply, SubscribeResult } from "./reply.ts";

/** A reply as one JSON object. */
export function replyText(reply: Reply): string {
  if (!("error" in reply)) return `{"id":${reply.id},"${reply.method}":${resultText(reply)}}`;
  const error = typeof reply.error === "string" ? errors[reply.error] : reply.error;
  return `{"id":${reply.id},"error":${JSON.stringify(error)}}`;
}

/** The fields of a push, without the braces around them. */
export function pushFields(push: Push): string {
  const channel = "channel" in push ? `"channel":${JSON.stringify(push.channel)},` : "";
  switch (push.kind) {
    case "publication":
      return `${channel}"pub":${publicationText(push.publication)}`;
    case "difference":
      return `${channel}"pub":${differenceText(push.publication, push.difference)}`;
    case "join":
    case "leave":
      return `${channel}"${push.kind}":{"info":${infoText(push.info)}}`;
    case "subscribe":
      return `${channel}"subscribe":${withData(push.subscribed)}`;
    case "unsubscribe":
      return `${channel}"unsubscribe":${closeText(typeof push.cause === "string" ? unsubscribes[push.cause] : push.cause)}`;
    case "message":
      return `"message":{"data":${push.data}}`;
    case "disconnect":
      return `"disconnect":${closeText(push.close)}`;
    case "connect":
      return `"connect":${connectText(push.result)}`;
    case "refresh":
      return `"refresh":${JSON.stringify(push.result)}`;
    default:
      return push satisfies never;
  }
}

function resultText(reply: ResultReply): string {
  switch (reply.method) {
    case "connect":
      return connectText(reply.result);
    case "subscribe":
      return subscribeText(reply.result);
    case "history": {
      const { publications, ...position } = reply.result;
      return withPublications(JSON.stringify(position), publications);
    }
    case "presence":
      return `{"presence":${objectText(reply.result.presence.map((info) => [info.client, infoText(info)]))}}`;
    case "presence_stats":
      return `{"num_clients":${reply.result.clients},"num_users":${reply.result.users}}`;
    case "rpc":
      return withData(reply.result);
    case "refresh":
    case "sub_refresh":
      return JSON.stringify(reply.result);
    case "unsubscribe":
    case "publish":
      return "{}";
    default:
      return reply satisfies never;
  }
}

function connectText({ subs, ...rest }: ConnectResult): string {
  const text = withData(rest);
  if (subs === undefined || subs.size === 0) return text;
  return withField(text, "subs", objectText([...subs].map(([channel, result]) => [channel, subscribeText(result)])));
}

function subscribeText({ publications = [], wasRecovering, ...rest }: SubscribeResult): string {
  const text = withData({ ...rest, was_recovering: wasRecovering });
  if (publications.length === 0) return text;
  return withPublications(text, rest.delta === true ? publications.map(inString) : publications);
}

const closeText = ({ code, reason }: Close): string => JSON.stringify({ code, reason });

const withPublications = (object: string, publications: readonly Publication[]): string =>
  withField(object, "publications", `[${publications.map(publicationText).join(",")}]`);

function withData<T extends { readonly data?: string | undefined }>({ data, ...fields }: T): string {
  const text = JSON.stringify(fields);
  return data === undefined ? text : withField(text, "data", data);
}

/** Adds one field, whose value is JSON text, to an object's text. */
function withField(object: string, name: string, value: string): string {
  return `${object.slice(0, -1)}${object === "{}" ? "" : ","}"${name}":${value}}`;
}

function objectText(entries: ReadonlyArray<readonly [key: string, value: string]>): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/** Who takes differences gets every payload in a JSON string: its text, or the difference. */
function differenceText(publication: Publication, difference: string | undefined): string {
  if (difference === undefined) return publicationText(inString(publication));
  return withField(publicationText({ ...publication, data: JSON.stringify(difference) }), "delta", "true");
}

const inString = (publication: Publication): Publication => ({
  ...publication,
  data: JSON.stringify(publication.data),
});

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
