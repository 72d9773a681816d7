/** Where a node listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a node listens, and the address of ours that a connection to it comes from; the system chooses where none is named. */
export interface Endpoint extends Address {
  readonly localAddress?: string;
}

/** `host:port` or `[v6]:port`; undefined when it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** The form that logs, metrics and comparisons use. */
export const formatAddress = ({ host, port }: Address): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** A client's address as nodes see it: IPv4 inside IPv6 counts as IPv4. */
export const plainAddress = (address: string): string => (address.startsWith("::ffff:") ? address.slice(7) : address);

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 address, of which one customer has all. */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%", 1).join().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const dotted = right.at(-1)?.includes(".") ? 1 : 0;
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length - dotted);
  const parts = [...left, ...Array.from({ length: zeros }, () => "0"), ...right].slice(0, 4);
  return `${parts.map((part) => Number.parseInt(part, 16).toString(16)).join(":")}::/64`;
}
