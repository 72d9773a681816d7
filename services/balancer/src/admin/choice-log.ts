import type { Chosen } from "../pool/pool.ts";
import { shareOf } from "../strategies/strategy.ts";

/** Candidates that are kept of one choice. */
const MAX_CANDIDATES = 16;

/** A node as it stood when a client was given one. */
export interface ChoiceCandidate {
  readonly node: string;
  readonly weight: number;
  readonly warmth: number;
  readonly active: number;
  /** `(active + 1) / (weight × warmth)`: what the load-aware strategies compare. */
  readonly score: number;
}

/** Why a client was given its node. */
export interface ChoiceView {
  /** ISO 8601. */
  readonly at: string;
  readonly node: string;
  readonly strategy: string;
  /** The client's address, IPv6 by /64. */
  readonly client: string;
  /** The node that the client was stuck to. */
  readonly wanted?: string;
  readonly candidates: readonly ChoiceCandidate[];
  /** Candidates that are not listed. */
  readonly more: number;
}

/** A choice as it was made; what is only shown is worked out when somebody looks. */
interface Entry extends Omit<Chosen, "nodes" | "node"> {
  readonly atMs: number;
  readonly node: string;
  readonly candidates: readonly Omit<ChoiceCandidate, "score">[];
  readonly more: number;
}

/** The last choices, newest first: a ring of fixed size. */
export class ChoiceLog {
  readonly #size: number;
  readonly #now: () => number;
  readonly #ring: Entry[] = [];
  #next = 0;

  constructor(size: number, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  add({ strategy, key, wanted, nodes, node }: Chosen): void {
    const candidates: Omit<ChoiceCandidate, "score">[] = [];
    for (const { id, weight, warmth, active } of nodes) {
      if (candidates.length === MAX_CANDIDATES) break;
      candidates.push({ node: id, weight, warmth, active });
    }
    const more = nodes.length - candidates.length;
    this.#ring[this.#next] = { atMs: this.#now(), node: node.id, strategy, key, wanted, candidates, more };
    this.#next = (this.#next + 1) % this.#size;
  }

  latest(count: number): readonly ChoiceView[] {
    const newestFirst = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
    return newestFirst.slice(0, count).map(viewOf);
  }
}

const viewOf = ({ atMs, node, strategy, key, wanted, candidates, more }: Entry): ChoiceView => ({
  ...{ at: new Date(atMs).toISOString(), node, strategy, client: key },
  ...(wanted !== undefined && { wanted }),
  candidates: candidates.map((each) => ({
    ...each,
    score: ((each.active + 1) * 100) / shareOf({ ...each, id: each.node }),
  })),
  more,
});
