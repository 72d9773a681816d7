const MAX_7_BIT = 125;
const MAX_16_BIT = 65_535;

/** One unfragmented, unmasked WebSocket data frame (RFC 6455, section 5.2), as servers send it. */
export function serverFrame(payload: Uint8Array, binary: boolean): Buffer {
  const { byteLength } = payload;
  const header = byteLength <= MAX_7_BIT ? 2 : byteLength <= MAX_16_BIT ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + byteLength);
  frame[0] = 0x80 | (binary ? 2 : 1);
  if (header === 2) frame[1] = byteLength;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(byteLength, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(byteLength), 2);
  }
  frame.set(payload, header);
  return frame;
}
