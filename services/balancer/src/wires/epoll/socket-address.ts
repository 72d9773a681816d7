import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { getSystemErrorMap, getSystemErrorName } from "node:util";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { ADDRESS_BYTES, type System } from "./system.ts";

/** Bytes of `sockaddr_in` and of the longest text of an address with its end (`INET6_ADDRSTRLEN`). */
const IPV4_BYTES = 16;
const TEXT_BYTES = 46;

/** Where the port and the address stand in both kinds of `sockaddr`, in network order, and the address in `sockaddr_in6`. */
const PORT = 2;
const IPV4 = 4;
const IPV6 = 8;

export const familyOf = (ip: string): number => (isIP(ip) === 6 ? AF_INET6 : AF_INET);

/** Writes an IP address and a port where `connect` and `bind` read them: in the system's room for one. The bytes it takes, 0 if it is none. */
export function packAddress({ room, inet_pton }: System, ip: string, port: number): number {
  const { bytes, at } = room.address;
  const family = familyOf(ip);
  bytes.fill(0, 0, ADDRESS_BYTES);
  bytes[0] = family; // Little-endian, as both architectures are.
  bytes.writeUInt16BE(port, PORT);
  if (inet_pton(family, ip, at + (family === AF_INET6 ? IPV6 : IPV4)) !== 1) return 0;
  return family === AF_INET6 ? ADDRESS_BYTES : IPV4_BYTES;
}

/** Reads what `accept4` and `getsockname` have written. IPv4 inside IPv6 is IPv4. */
export function readAddress({ room, inet_ntop }: System): { readonly ip: string; readonly port: number } {
  const { bytes, at } = room.address;
  const port = bytes.readUInt16BE(PORT);
  if (bytes[0] === AF_INET) return { ip: dotted(bytes, IPV4), port };
  if (bytes.readUInt32LE(IPV6) === 0 && bytes.readUInt32LE(IPV6 + 4) === 0 && bytes.readUInt32BE(IPV6 + 8) === 0xffff)
    return { ip: dotted(bytes, IPV6 + 12), port };
  inet_ntop(AF_INET6, at + IPV6, room.output.at, TEXT_BYTES);
  const text = room.output.bytes;
  return { ip: text.toString("latin1", 0, text.indexOf(0)), port };
}

const dotted = (bytes: Buffer, at: number): string => `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;

/** The IP addresses of a host, in the order to try them. Rejects when it has none. */
export async function addressesFor(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** An error like Node's own for the same call. */
export function systemError(
  errno: number,
  syscall: string,
  where?: { readonly address: string; readonly port: number },
) {
  const code = getSystemErrorName(-errno);
  const said = getSystemErrorMap().get(-errno)?.[1] ?? "unknown error";
  const text = `${syscall} ${code}: ${said}${where ? ` ${where.address}:${where.port}` : ""}`;
  return Object.assign(new Error(text), { code, errno: -errno, syscall, ...where });
}
