import type { NodeRecord } from "@bellwire/hub";

/** Removals that are remembered; the oldest are forgotten first. */
const MAX_REMOVED = 1_024;

/** Nodes that an operator has removed although their source names them still. A node that starts anew is another one. */
export class Removed {
  readonly #startedAt = new Map<string, number | undefined>();

  add(id: string, startedAt: number | undefined): void {
    this.#startedAt.delete(id);
    this.#startedAt.set(id, startedAt);
    const [oldest] = this.#startedAt.keys();
    if (this.#startedAt.size > MAX_REMOVED && oldest !== undefined) this.#startedAt.delete(oldest);
  }

  forget(id: string): void {
    this.#startedAt.delete(id);
  }

  has(id: string): boolean {
    return this.#startedAt.has(id);
  }

  /** Whether this very life of the node was removed. */
  holds({ id, startedAt }: Pick<NodeRecord, "id" | "startedAt">): boolean {
    return this.#startedAt.get(id) === startedAt;
  }
}
