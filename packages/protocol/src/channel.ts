import { z } from "zod";

/** The longest channel name, in characters (all ASCII, so also in bytes). */
export const MAX_CHANNEL_LENGTH = 255;

/** A channel's full name: 1 to 255 printable ASCII characters. `ns:rest`, `ns:rest#user`, or without a namespace. */
export const ChannelName = z
  .string()
  .min(1)
  .max(MAX_CHANNEL_LENGTH)
  .regex(/^[!-~]+$/, "must be printable ASCII without spaces")
  .brand<"ChannelName">();
export type ChannelName = z.infer<typeof ChannelName>;

/** The text before the first `:`, after an optional leading `$`; "" where there is none (the default namespace). */
export function namespaceOf(channel: ChannelName): string {
  const start = channel.startsWith("$") ? 1 : 0;
  const colon = channel.indexOf(":", start);
  return colon === -1 ? "" : channel.slice(start, colon);
}

/** The users that a user-limited channel names after its `#` (`rest#42` or `rest#42,43`); undefined where there is no `#`. */
export function usersOf(channel: ChannelName): readonly string[] | undefined {
  const mark = channel.indexOf("#");
  return mark === -1 ? undefined : channel.slice(mark + 1).split(",");
}
