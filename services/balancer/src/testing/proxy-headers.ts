/** A header of version 1 for a client. */
export const v1 = (address: string, port = 12_345): string =>
  `PROXY ${address.includes(":") ? "TCP6" : "TCP4"} ${address} ${address} ${port} 80\r\n`;

/** A header of version 2; `length` is what it says of `addresses`, and may lie. */
export function v2(command: number, family: number, addresses: Buffer, length: number = addresses.length): Buffer {
  const fixed = Buffer.from("\r\n\r\n\0\r\nQUIT\n\0\0\0\0", "latin1");
  fixed.writeUInt8(command, 12);
  fixed.writeUInt8(family, 13);
  fixed.writeUInt16BE(length, 14);
  return Buffer.concat([fixed, addresses]);
}
