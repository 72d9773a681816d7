import { isIPv4, isIPv6, SocketAddress } from "node:net";

/** What the beginning of a connection says by the PROXY protocol. Without `source` the connection is the proxy's own. */
export type ProxyReading =
  | { readonly kind: "incomplete" }
  | { readonly kind: "bad" }
  | { readonly kind: "complete"; readonly bytes: number; readonly source?: string };

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const WORD = Buffer.from("PROXY ");
const V1_MAX = 107;
const V2_FIXED = 16;

/** The extensions of version 2 are skipped; no more than so many bytes of them. */
const V2_MAX = 2_048;

const INCOMPLETE: ProxyReading = { kind: "incomplete" };
const BAD: ProxyReading = { kind: "bad" };

/** Reads a header of version 1 or 2 at the start of `received`, which may end anywhere. The header is not optional. */
export function readProxyHeader(received: Buffer): ProxyReading {
  if (beginsAs(received, WORD)) return readText(received);
  if (beginsAs(received, SIGNATURE)) return readBinary(received);
  return BAD;
}

function beginsAs(received: Buffer, mark: Buffer): boolean {
  const length = Math.min(received.length, mark.length);
  return received.subarray(0, length).equals(mark.subarray(0, length));
}

const V1 = /^PROXY (?:UNKNOWN(?: [ -~]*)?|TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))$/;

function readText(received: Buffer): ProxyReading {
  const end = received.subarray(0, V1_MAX).indexOf("\r\n");
  if (end < 0) return received.length >= V1_MAX ? BAD : INCOMPLETE;
  const match = V1.exec(received.toString("latin1", 0, end));
  if (match === null) return BAD;
  const bytes = end + 2;
  const [, family, source = "", target = "", sourcePort, targetPort] = match;
  if (family === undefined) return { kind: "complete", bytes };
  const isAddress = family === "4" ? isIPv4 : isIPv6;
  const ports = [Number(sourcePort), Number(targetPort)].every((port) => port <= 65_535);
  return isAddress(source) && isAddress(target) && ports ? { kind: "complete", bytes, source } : BAD;
}

const LOCAL = 0x20;
const PROXIED = 0x21;
const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;

function readBinary(received: Buffer): ProxyReading {
  if (received.length < V2_FIXED) return INCOMPLETE;
  const command = received.readUInt8(12);
  const family = received.readUInt8(13);
  const bytes = V2_FIXED + received.readUInt16BE(14);
  if ((command !== LOCAL && command !== PROXIED) || bytes > V2_FIXED + V2_MAX) return BAD;
  if (received.length < bytes) return INCOMPLETE;
  if (command === LOCAL || family === UNSPECIFIED) return { kind: "complete", bytes };
  const addresses = received.subarray(V2_FIXED, bytes);
  if (family === TCP4 && addresses.length >= 12) return { kind: "complete", bytes, source: dotted(addresses) };
  if (family === TCP6 && addresses.length >= 36) return { kind: "complete", bytes, source: coloned(addresses) };
  return BAD;
}

const dotted = (bytes: Buffer): string => bytes.subarray(0, 4).join(".");

function coloned(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address;
}
