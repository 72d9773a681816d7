import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** A list of networks. */
export interface Networks {
  /** How many it lists. */
  readonly size: number;
  /** `address` is IPv4 or IPv6; anything else is in no network. */
  has(address: string): boolean;
}

/** Reads addresses and CIDR blocks, separated by commas. Answers what is wrong as text. */
export function parseNetworks(text: string): Networks | string {
  const blocks = new BlockList();
  const entries = text.split(",").map((part) => part.trim());
  for (const entry of entries.filter((part) => part !== "")) {
    const block = parseBlock(entry);
    if (block === undefined) return `"${entry}" is not an address or a CIDR block`;
    blocks.addSubnet(block.address, block.prefix, block.family);
  }
  return {
    size: blocks.rules.length,
    has: (address) => {
      if (isIPv4(address)) return blocks.check(address, "ipv4");
      return isIPv6(address) && blocks.check(address, "ipv6");
    },
  };
}

function parseBlock(entry: string): { address: string; prefix: number; family: "ipv4" | "ipv6" } | undefined {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const width = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  return prefix <= width ? { address, prefix, family: version === 4 ? "ipv4" : "ipv6" } : undefined;
}
