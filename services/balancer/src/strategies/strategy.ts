/** What a strategy may know of a node that can be chosen now. */
export interface Candidate {
  /** Stable over restarts of the balancer. */
  readonly id: string;
  /** A whole number of at least 1. */
  readonly weight: number;
  /** Tunnels and requests, counted from the moment of choice. */
  readonly active: number;
}

/** Turn-taking state: what each node has saved up. The sum over the nodes of one pick does not change. */
export type Credits = ReadonlyMap<string, number>;

export interface Question<Node extends Candidate> {
  readonly nodes: readonly Node[];
  readonly credits: Credits;
  /** The same for every connection of one client. */
  readonly key: string;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface Pick<Node extends Candidate> {
  readonly node: Node;
  readonly credits: Credits;
}

/** Chooses one of `nodes`, undefined only when there is none. Pure: state comes in and goes out as `credits`. */
export type Strategy = <Node extends Candidate>(question: Question<Node>) => Pick<Node> | undefined;
