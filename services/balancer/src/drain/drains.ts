import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";
import type { Shedder } from "./shedder.ts";

/** Looks at the drains that run, ms. */
const ROUND_MS = 250;
/** Who is left so long after the shedding should have ended is cut, ms. */
const GRACE_MS = 5_000;
/** A node that was to be empty and is not is asked again so often, ms. */
const REPEAT_MS = 1_000;

/** One drain as operators see it. */
export interface DrainView {
  readonly node: string;
  readonly overMs: number;
  readonly by: "node" | "balancer";
  /** Clients it had when the drain began. */
  readonly clients: number;
  readonly elapsedMs: number;
}

interface DrainParts {
  readonly pool: Pool;
  readonly shedder: Shedder;
  readonly clock: () => number;
  /** Gives up the places that were promised on a node. */
  readonly onDrain: (node: string) => void;
}

interface Drain {
  readonly backend: Backend;
  readonly overMs: number;
  readonly clients: number;
  readonly perSecond: number;
  readonly startedAt: number;
  by: "node" | "balancer";
  askedAt: number;
}

/** Nodes that leave by order: nothing new, then their clients go at an even pace, then they are gone. */
export class Drains implements Disposable {
  readonly #parts: DrainParts;
  readonly #running = new Map<string, Drain>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#round(), ROUND_MS);
  }

  /** The same call twice is one drain. Resolves once the clients have begun to leave. */
  async start(backend: Backend, overMs: number, giver = "by an operator"): Promise<DrainView> {
    const { pool, shedder, clock, onDrain } = this.#parts;
    const known = this.#running.get(backend.id);
    if (known !== undefined) return this.#view(known);
    pool.orders.hold(backend, true, `drained ${giver}`);
    onDrain(backend.id);
    // Its own word counts those of other balancers too, and each balancer asks it for the same pace.
    const clients = Math.max(backend.active, backend.word?.clients ?? 0);
    const perSecond = Math.max(1, clients / Math.max(1, overMs / 1_000));
    const startedAt = clock();
    const drain: Drain = { backend, overMs, clients, perSecond, startedAt, by: "node", askedAt: startedAt };
    this.#running.set(backend.id, drain);
    drain.by = await shedder.shed(backend, { count: Number.POSITIVE_INFINITY, perSecond, close: "shutdown" });
    return this.#view(drain);
  }

  /** Stops a drain where it is; the node stays without new clients. */
  async cancel(backend: Backend): Promise<void> {
    if (!this.#running.delete(backend.id)) return;
    this.#parts.pool.orders.cutTunnels(backend, { perSecond: 0, count: 0 });
    await this.#parts.shedder.shed(backend, { count: 0, perSecond: 1, close: "shutdown" });
  }

  viewOf(node: string): DrainView | undefined {
    const drain = this.#running.get(node);
    return drain && this.#view(drain);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #round(): void {
    for (const drain of this.#running.values()) this.#look(drain);
  }

  #look(drain: Drain): void {
    const { pool, shedder, clock } = this.#parts;
    const { backend, overMs, startedAt, perSecond } = drain;
    const now = clock();
    if (backend.active === 0 || pool.find(backend.id) !== backend) {
      this.#running.delete(backend.id);
      return pool.orders.remove(backend, "drained");
    }
    const late = now - startedAt - overMs;
    if (late >= GRACE_MS) {
      this.#running.delete(backend.id);
      shedder.cut(backend);
      return pool.orders.remove(backend, "drain limit reached");
    }
    if (late < REPEAT_MS || now - drain.askedAt < REPEAT_MS) return;
    drain.askedAt = now;
    void shedder.shed(backend, { count: Number.POSITIVE_INFINITY, perSecond: perSecond * 2, close: "shutdown" });
  }

  #view({ backend, overMs, by, clients, startedAt }: Drain): DrainView {
    const elapsedMs = Math.round(this.#parts.clock() - startedAt);
    return { node: backend.id, overMs, by, clients, elapsedMs };
  }
}
