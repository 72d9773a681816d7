import type { Drains } from "../drain/drains.ts";
import type { Shedder } from "../drain/shedder.ts";
import type { Backend } from "../pool/backend.ts";
import type { Pool } from "../pool/pool.ts";
import type { StrategyName } from "../strategies/table.ts";
import type { Course, OrderName, StandingOrder } from "./order.ts";

/** Where an order came from, for the log. */
export type Giver = "by an operator" | "by an operator, at another balancer";

/** Carries standing orders out on what this balancer knows. Doing it again changes nothing. */
export class Execution {
  readonly #pool: Pool;
  readonly #drains: Drains;
  readonly #shedder: Shedder;
  readonly #strategy: StrategyName;

  constructor(parts: { readonly pool: Pool; readonly drains: Drains; readonly shedder: Shedder }) {
    this.#pool = parts.pool;
    this.#drains = parts.drains;
    this.#shedder = parts.shedder;
    this.#strategy = parts.pool.strategy;
  }

  /** Resolves once it is begun. A node that is not known is met when it joins. */
  async carryOut(order: StandingOrder, giver: Giver): Promise<void> {
    switch (order.kind) {
      case "strategy":
        return this.#pool.setStrategy(order.strategy);
      case "added": {
        if (this.#pool.orders.add(order.added, `added ${giver}`) !== "known") return;
        const known = this.#pool.find(order.node);
        return known && this.#pool.orders.setWeight(known, order.added.weight);
      }
      case "weight": {
        const backend = this.#pool.find(order.node);
        return backend && this.#pool.orders.setWeight(backend, order.weight);
      }
      case "course":
        return this.#steer(order.node, order.course, giver);
    }
  }

  /** An order stands no longer. Weights and added nodes stay as they are until another order says what they are to be. */
  async takeBack({ kind, node }: OrderName, giver: Giver): Promise<void> {
    if (kind === "strategy") return this.#pool.setStrategy(this.#strategy);
    if (kind !== "course") return;
    this.#pool.orders.restore(node, `released ${giver}`);
    const backend = this.#pool.find(node);
    if (backend === undefined) return;
    await this.#drains.cancel(backend);
    this.#pool.orders.hold(backend, false, `released ${giver}`);
  }

  async #steer(node: string, course: Course, giver: Giver): Promise<void> {
    const backend = this.#pool.find(node);
    switch (course.to) {
      case "hold":
        return backend && this.#pool.orders.hold(backend, true, `held ${giver}`);
      case "drain":
        if (backend?.present === true && isMeant(backend, course))
          await this.#drains.start(backend, course.overMs, giver);
        return;
      case "remove":
        return this.#remove(node, backend, { course, giver });
    }
  }

  async #remove(
    node: string,
    backend: Backend | undefined,
    { course, giver }: { readonly course: Course & { readonly to: "remove" }; readonly giver: Giver },
  ): Promise<void> {
    if (backend === undefined) return this.#pool.orders.refuse(node, course.startedAt);
    if (!isMeant(backend, course)) return;
    await this.#drains.cancel(backend);
    if (course.force) this.#shedder.cut(backend);
    this.#pool.orders.remove(backend, `removed ${giver}`);
  }
}

const isMeant = (backend: Backend, { startedAt }: { readonly startedAt?: number | undefined }): boolean =>
  backend.word?.startedAt === startedAt;
