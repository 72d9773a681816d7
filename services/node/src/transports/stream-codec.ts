import type { Codec, Encoded } from "@bellwire/protocol";

/** `codec` as newline-delimited JSON. */
export const inLines = (codec: Codec): Codec => framed(codec, "", "\n");
/** `codec` as one event per message, as EventSource reads them. */
export const inEvents = (codec: Codec): Codec => framed(codec, "data: ", "\n\n");

/** A codec whose messages are already what a stream carries, so that several follow one another as they are. No JSON message holds a raw newline. */
function framed(codec: Codec, before: string, after: string): Codec {
  const [head, tail] = [Buffer.from(before), Buffer.from(after)];
  const frame = (message: Encoded): Encoded => Buffer.concat([head, message, tail]);
  return {
    ...codec,
    reply: (reply) => frame(codec.reply(reply)),
    push: (push) => frame(codec.push(push)),
    ping: frame(codec.ping),
    join: (messages) => Buffer.concat(messages),
  };
}
