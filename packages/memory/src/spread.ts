import type { EventFeed } from "@bellwire/hub";

/** Who takes events: what was given to `consume`. */
export type Consumer = Parameters<EventFeed["consume"]>[0];

/** FNV-1a with a final mix, 32 bits: the same text always gives the same number. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The consumer of a partition: by rendezvous hashing among those that the rosters name, or all when none is named. */
export function ownerOf(partition: number, consumers: readonly Consumer[]): Consumer | undefined {
  const named = consumers.filter(({ node, roster }) => roster().includes(node));
  let owner: Consumer | undefined;
  let best = -1;
  for (const consumer of named.length > 0 ? named : consumers) {
    const weight = hash(`${partition} ${consumer.node}`);
    if (weight > best) [owner, best] = [consumer, weight];
  }
  return owner;
}
