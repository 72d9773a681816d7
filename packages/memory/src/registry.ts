import type { Clock, NodeId, NodeRecord, Registry } from "@bellwire/hub";
import type { Gate } from "./gate.ts";

/** The live nodes, in memory. A sweep is one step, so nothing is ever half swept. */
export class MemoryRegistry implements Registry {
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #bounds: { readonly livenessMs: number; readonly sweepMs: number };
  readonly #clear: (node: NodeId) => void;
  readonly #nodes = new Map<NodeId, { readonly record: NodeRecord; readonly seenAt: number }>();

  constructor(parts: { clock: Clock; gate: Gate; livenessMs: number; sweepMs: number; clear: (node: NodeId) => void }) {
    this.#clock = parts.clock;
    this.#gate = parts.gate;
    this.#bounds = parts;
    this.#clear = parts.clear;
  }

  announce: Registry["announce"] = (record) =>
    this.#gate.pass(() => {
      const known = this.#nodes.has(record.id);
      this.#nodes.set(record.id, { record: { ...record }, seenAt: this.#clock.now() });
      return known;
    });

  withdraw: Registry["withdraw"] = (node) => this.#gate.pass(() => this.#remove(node));

  roster: Registry["roster"] = () =>
    this.#gate.pass(() => {
      const since = this.#clock.now() - this.#bounds.livenessMs;
      return [...this.#nodes.values()].filter(({ seenAt }) => seenAt >= since).map(({ record }) => record);
    });

  sweep: Registry["sweep"] = () =>
    this.#gate.pass(() => {
      const before = this.#clock.now() - this.#bounds.sweepMs;
      const gone = [...this.#nodes].filter(([, { seenAt }]) => seenAt < before).map(([node]) => node);
      for (const node of gone) this.#remove(node);
      return gone;
    });

  /** The store came back empty. */
  clear(): void {
    this.#nodes.clear();
  }

  #remove(node: NodeId): void {
    this.#clear(node);
    this.#nodes.delete(node);
  }
}
