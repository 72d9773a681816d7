import type { Observer } from "../observing/observer.ts";
import { formatAddress } from "./address.ts";
import type { Backend } from "./backend.ts";
import type { KnownNodes } from "./known-nodes.ts";
import type { StaticNode } from "./node-list.ts";
import type { Removed } from "./removed.ts";
import type { Roster } from "./roster.ts";

/** What operators want of nodes, whatever their sources and checks say. */
export class Orders {
  readonly #nodes: KnownNodes;
  readonly #roster: Roster;
  readonly #removed: Removed;
  readonly #observer: Observer;

  constructor(options: {
    readonly nodes: KnownNodes;
    readonly roster: Roster;
    readonly removed: Removed;
    readonly observer: Observer;
  }) {
    this.#nodes = options.nodes;
    this.#roster = options.roster;
    this.#removed = options.removed;
    this.#observer = options.observer;
  }

  /** Gives a node nothing new, or takes that back. */
  hold(backend: Backend, held: boolean, cause: string): void {
    this.#nodes.change(backend, cause, () => {
      backend.held = held;
      if (!held) backend.cutting = undefined;
    });
  }

  setWeight(backend: Backend, weight: number): void {
    if (backend.weight === weight) return;
    this.#observer.weightChanged(backend.id, backend.weight, weight);
    backend.weight = weight;
  }

  /** Closes up to `count` tunnels of a node from our side; 0 stops that. */
  cutTunnels(backend: Backend, { perSecond, count }: { readonly perSecond: number; readonly count: number }): void {
    backend.cutting = count > 0 ? { perSecond, left: count } : undefined;
  }

  /** Takes in a static node at run time. */
  add(node: StaticNode, cause: string): "added" | "known" | "full" {
    const id = formatAddress(node.address);
    if (this.#nodes.find(id)?.present === true) return "known";
    if (this.#nodes.full) return "full";
    this.#removed.forget(id);
    this.#roster.joinStatic(node, { cause, cold: true });
    return "added";
  }

  /** Forgets a node, at once or when its last tunnel has ended, whatever its source goes on to say of it. */
  remove(backend: Backend, cause: string): void {
    this.#removed.add(backend.id, backend.word?.startedAt);
    this.#nodes.leave(backend, cause);
    this.#nodes.forgetIfGone(backend, cause);
  }

  /** Whether an operator has removed a node that its source may still name. */
  hasRemoved(id: string): boolean {
    return this.#removed.has(id);
  }

  /** Takes no node in that calls itself so and began to run then: one that was removed before we knew it. */
  refuse(id: string, startedAt: number | undefined): void {
    this.#removed.add(id, startedAt);
  }

  /** Takes a removal back: a node of the static list is in again at once, another by the registry's next word. */
  restore(id: string, cause: string): void {
    if (!this.#removed.has(id)) return;
    this.#removed.forget(id);
    this.#roster.rejoin(id, cause);
  }
}
