/** The most that a message's headers may weigh, bytes of JSON: they must fit into one frame, and amqplib cuts them off unsaid at 64 KiB. */
export const MAX_HEADER_BYTES = 16_384;

/** About how much room headers take. */
export const headerSize = (headers: Readonly<Record<string, unknown>>): number =>
  Buffer.byteLength(JSON.stringify(headers));
