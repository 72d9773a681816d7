import type { Bus, NodeId } from "@bellwire/hub";

/** An answer to a question, where a question counts from 1. */
const ANSWER = 0;

export interface CompanyOptions {
  readonly bus: Pick<Bus, "send">;
  readonly node: NodeId;
  /** Whether this node would say of itself that it is well. */
  readonly isWell: () => boolean;
  /** How long an answer counts, ms. */
  readonly validMs: number;
}

/**
 * Whether others are well, asked over the bus: for a node that the registry does not answer. Probes of other nodes are such
 * questions; who is well answers them.
 */
export class Company {
  readonly #options: CompanyOptions;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(options: CompanyOptions) {
    this.#options = options;
  }

  /** Another node said a moment ago that it is well. */
  get isWell(): boolean {
    return performance.now() - this.#answeredAt < this.#options.validMs;
  }

  async ask(): Promise<void> {
    const { bus, node } = this.#options;
    // Without the bus there is nobody to ask: the probe reports that.
    await bus.send({ kind: "probe", node, nonce: 1 }, "all").catch(() => undefined);
  }

  /** A probe of another node came. */
  async heard({ node: other, nonce }: { readonly node: NodeId; readonly nonce: number }): Promise<void> {
    const { bus, node, isWell } = this.#options;
    if (nonce === ANSWER) this.#answeredAt = performance.now();
    else if (isWell()) await bus.send({ kind: "probe", node, nonce: ANSWER }, [other]).catch(() => undefined);
  }
}
