import type { RecentChoices } from "./recent-choices.ts";

/** What a strategy may know of a node that can be chosen now. */
export interface Candidate {
  /** Stable over restarts of the balancer and of the node. */
  readonly id: string;
  /** A whole number of at least 1. */
  readonly weight: number;
  /** How much of its weight counts now, whole percent from 1 to 100: below 100 while the node starts slowly. */
  readonly warmth: number;
  /** Tunnels and requests, counted from the moment of choice. */
  readonly active: number;
}

/** Turn-taking state: what each node has saved up. The sum over the nodes of one pick does not change. */
export type Credits = ReadonlyMap<string, number>;

export interface Question<Node extends Candidate> {
  readonly nodes: readonly Node[];
  readonly credits: Credits;
  /** The same for every connection of one client: its proven address, IPv6 by /64. */
  readonly key: string;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Who was chosen lately, for strategies that cap a node's share. */
  readonly recent?: Pick<RecentChoices, "size" | "countOf" | "countLately">;
  /** How far a hashed node may be above the average load, as a factor of at least 1; absent: no bound. */
  readonly hashBalance?: number;
}

export interface Choice<Node extends Candidate> {
  readonly node: Node;
  readonly credits: Credits;
}

/** Chooses one of `nodes`, undefined only when there is none. Pure: state comes in and goes out as `credits`. */
export type Strategy = <Node extends Candidate>(question: Question<Node>) => Choice<Node> | undefined;

/** A node's part of new clients, in hundredths of a weight: whole, so that turns stay exact. */
export const shareOf = ({ weight, warmth }: Candidate): number => weight * warmth;

/** Below 0 when `one` would be less loaded than `other` after one client more, for its share. */
export const compareLoad = (one: Candidate, other: Candidate): number =>
  (one.active + 1) * shareOf(other) - (other.active + 1) * shareOf(one);
