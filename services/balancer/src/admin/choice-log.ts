import type { Chosen } from "../pool.ts";
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

/** The last choices, newest first: a ring of fixed size. */
export class ChoiceLog {
  readonly #size: number;
  readonly #now: () => number;
  readonly #ring: ChoiceView[] = [];
  #next = 0;

  constructor(size: number, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  add({ strategy, key, wanted, nodes, node }: Chosen): void {
    const listed = nodes.slice(0, MAX_CANDIDATES);
    this.#ring[this.#next] = {
      ...{ at: new Date(this.#now()).toISOString(), node: node.id, strategy, client: key },
      ...(wanted !== undefined && { wanted }),
      candidates: listed.map((candidate) => {
        const { id, weight, warmth, active } = candidate;
        return { node: id, weight, warmth, active, score: ((active + 1) * 100) / shareOf(candidate) };
      }),
      more: nodes.length - listed.length,
    };
    this.#next = (this.#next + 1) % this.#size;
  }

  latest(count: number): readonly ChoiceView[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse().slice(0, count);
  }
}
