import type { Observer } from "../observing/observer.ts";
import type { Backend } from "./backend.ts";
import { warmthAfter } from "./warmth.ts";

/** Nodes known at a time. */
export const MAX_NODES = 256;

/** What a node comes back from as if it were new; one that only was not ready has kept its warmth. */
const COOLING: ReadonlySet<string> = new Set(["down", "suspect", "ejected", "absent"]);

/** The nodes by id, and the one place where a node joins, changes its state and is forgotten, each told once. */
export class KnownNodes {
  readonly #byId = new Map<string, Backend>();
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #slowStartMs: number;
  readonly #forgotten: (backend: Backend) => void;
  #joined: ((backend: Backend) => void) | undefined;

  constructor(options: {
    readonly observer: Observer;
    readonly clock: () => number;
    readonly slowStartMs: number;
    readonly forgotten: (backend: Backend) => void;
  }) {
    this.#observer = options.observer;
    this.#clock = options.clock;
    this.#slowStartMs = options.slowStartMs;
    this.#forgotten = options.forgotten;
  }

  get all(): IteratorObject<Backend> {
    return this.#byId.values();
  }

  /** True while a new client would find a node. */
  get available(): boolean {
    return this.#byId.values().some(({ state }) => state === "up");
  }

  get full(): boolean {
    return this.#byId.size >= MAX_NODES;
  }

  /** Has a node heard of that joins from now on. */
  onJoin(joined: (backend: Backend) => void): void {
    this.#joined = joined;
  }

  find(id: string): Backend | undefined {
    return this.#byId.get(id);
  }

  /** Takes a node in, in the place of one with its id. Says so and does nothing when there are too many. */
  join(backend: Backend, cause: string): void {
    this.#byId.delete(backend.id);
    if (this.full) {
      this.#observer.rosterCut(this.#byId.size + 1);
      return;
    }
    this.#byId.set(backend.id, backend);
    backend.lastCause = cause;
    this.startSlowly(backend);
    this.#observer.nodeChanged(backend.id, "unknown", backend.state, cause);
    this.#joined?.(backend);
  }

  /** Does what may change the state of a node. */
  change(backend: Backend, cause: string, change: () => void): void {
    const before = backend.state;
    change();
    const { state } = backend;
    if (state === before) return;
    if (COOLING.has(state)) backend.cold = true;
    this.startSlowly(backend);
    backend.lastCause = cause;
    this.#observer.nodeChanged(backend.id, before, state, cause);
  }

  startSlowly(backend: Backend): void {
    if (!backend.cold || backend.state !== "up" || this.#slowStartMs === 0) return;
    backend.cold = false;
    backend.warmingSince = this.#clock();
    backend.warmth = warmthAfter(0, this.#slowStartMs);
  }

  /** Brings the warmth of a node that starts slowly up to date. */
  warm(backend: Backend, now: number): void {
    if (backend.warmingSince === undefined) return;
    backend.warmth = warmthAfter(now - backend.warmingSince, this.#slowStartMs);
    if (backend.warmth === 100) backend.warmingSince = undefined;
  }

  /** A node stays known, whoever named it, until its last tunnel has ended. */
  leave(backend: Backend, cause: string): void {
    this.change(backend, cause, () => {
      backend.setDirect(0);
      backend.present = false;
    });
  }

  forgetIfGone(backend: Backend, cause = "its last connection ended"): void {
    if (backend.present || backend.active > 0 || this.#byId.get(backend.id) !== backend) return;
    this.#byId.delete(backend.id);
    this.#forgotten(backend);
    this.#observer.nodeChanged(backend.id, backend.state, "gone", cause);
  }
}
