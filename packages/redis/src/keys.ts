import type { NodeId } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";

export const DEFAULT_PREFIX = "bellwire";

/** The longest event id and version subject, in characters. */
export const MAX_NAME_LENGTH = 128;

const PREFIX = /^[\w.:-]{1,64}$/;

/** The names of all keys. Everything of one channel has one hash tag, so a script on it touches one slot of a Redis Cluster. */
export interface Keys {
  readonly nodes: string;
  readonly rulebook: string;
  meta(channel: ChannelName): string;
  stream(channel: ChannelName): string;
  holders(channel: ChannelName): string;
  /** Who is there by `node`; without a node what all of these keys of the channel begin with. */
  present(channel: ChannelName, node: NodeId | ""): string;
  event(channel: ChannelName, eventId: string): string;
  version(channel: ChannelName, subject: string): string;
  /** What was shown of a subject. */
  shown(channel: ChannelName, subject: string): string;
  /** What is to be looked at. */
  readonly receipts: string;
  session(client: string): string;
  sessionsOfUser(user: string): string;
  sessionsOfNode(node: NodeId): string;
  channelsOfNode(node: NodeId): string;
}

/** Where a channel's subscription stands in the session's hash. */
export const channelField = (channel: ChannelName): string => `c:${channel}`;

/** Throws RangeError for a prefix that is not 1 to 64 of letters, digits, `_`, `.`, `:` and `-`. */
export function createKeys(prefix = DEFAULT_PREFIX): Keys {
  if (!PREFIX.test(prefix)) throw new RangeError(`bad Redis key prefix ${JSON.stringify(prefix)}`);
  return {
    nodes: `${prefix}:nodes`,
    rulebook: `${prefix}:rulebook`,
    meta: (channel) => `${prefix}:{${tag(channel)}}:meta`,
    stream: (channel) => `${prefix}:{${tag(channel)}}:stream`,
    holders: (channel) => `${prefix}:{${tag(channel)}}:holders`,
    present: (channel, node) => `${prefix}:{${tag(channel)}}:present:${tag(node)}`,
    event: (channel, eventId) => `${prefix}:{${tag(channel)}}:event:${bounded("event id", eventId)}`,
    version: (channel, subject) => `${prefix}:{${tag(channel)}}:version:${bounded("version subject", subject)}`,
    shown: (channel, subject) => `${prefix}:{${tag(channel)}}:shown:${bounded("subject", subject)}`,
    receipts: `${prefix}:receipts`,
    session: (client) => `${prefix}:session:${client}`,
    sessionsOfUser: (user) => `${prefix}:user:{${tag(user)}}:sessions`,
    sessionsOfNode: (node) => `${prefix}:node:{${tag(node)}}:sessions`,
    channelsOfNode: (node) => `${prefix}:node:{${tag(node)}}:channels`,
  };
}

/** A name within a hash tag: its own braces would end the tag early and let one name's keys be another's. */
function tag(name: string): string {
  return /[{}%]/.test(name) ? name.replace(/[{}%]/g, (sign) => SPELLED[sign] ?? sign) : name;
}

const SPELLED: Readonly<Record<string, string>> = { "{": "%7B", "}": "%7D", "%": "%25" };

function bounded(what: string, name: string): string {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    throw new RangeError(`${what} must have 1 to ${MAX_NAME_LENGTH} characters, got ${name.length}`);
  return name;
}
