import { type Address, formatAddress, parseAddress } from "./address.ts";

/** A node that the configuration names. */
export interface StaticNode {
  readonly address: Address;
  readonly weight: number;
}

/** Greatest weight of one node. */
export const MAX_WEIGHT = 1_000;

/** Reads `host:port*weight,host:port`; the weight is 1 if absent. Answers what is wrong as text. */
export function parseNodeList(text: string): readonly StaticNode[] | string {
  const nodes = new Map<string, StaticNode>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const node = parseEntry(entry);
    if (typeof node === "string") return node;
    const name = formatAddress(node.address);
    if (nodes.has(name)) return `"${name}" is listed twice`;
    nodes.set(name, node);
  }
  return [...nodes.values()];
}

function parseEntry(entry: string): StaticNode | string {
  const [where = "", weightText = "1", ...more] = entry.split("*");
  const address = parseAddress(where);
  if (address === undefined || more.length > 0) return `"${entry}" is not host:port or host:port*weight`;
  const weight = /^\d{1,4}$/.test(weightText) ? Number(weightText) : 0;
  if (weight >= 1 && weight <= MAX_WEIGHT) return { address, weight };
  return `the weight of "${entry}" is not a whole number from 1 to ${MAX_WEIGHT}`;
}
