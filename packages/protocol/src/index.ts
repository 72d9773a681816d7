export { ChannelName, MAX_CHANNEL_LENGTH, namespaceOf, usersOf } from "./channel.ts";
export type { ClientInfo, Position, Publication } from "./publication.ts";
