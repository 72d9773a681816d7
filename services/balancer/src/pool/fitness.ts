import { afterFailure, afterSuccess, type EjectionRules, eject, isDue } from "../health/ejection.ts";
import { type HealthEvent, type HealthRules, healthAfter, isFrozen } from "../health/health.ts";
import type { Observer } from "../observing/observer.ts";
import type { Backend, NodeState } from "./backend.ts";
import type { KnownNodes } from "./known-nodes.ts";

export interface FitnessRules {
  readonly health: HealthRules;
  readonly ejection: EjectionRules;
  /** Tunnels of a frozen node closed per second. */
  readonly shedPerSecond: number;
  /** While a smaller part of the nodes is up, from 0 to 1, checks are not believed; 0: never. */
  readonly panicBelow: number;
}

/** What checks and failed upgrades say of a node; all else is somebody's word and holds in a panic too. */
const DOUBTED: ReadonlySet<NodeState> = new Set(["down", "suspect", "ejected"]);

/** What checks and upgrades tell of the nodes, and what follows from it. */
export class Fitness {
  readonly #nodes: KnownNodes;
  readonly #rules: FitnessRules;
  readonly #observer: Observer;
  readonly #clock: () => number;
  readonly #random: () => number;
  #reviewedAt: number;
  #panic = false;

  constructor(options: {
    readonly nodes: KnownNodes;
    readonly rules: FitnessRules;
    readonly observer: Observer;
    readonly clock: () => number;
    readonly random: () => number;
  }) {
    this.#nodes = options.nodes;
    this.#rules = options.rules;
    this.#observer = options.observer;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#reviewedAt = options.clock();
  }

  /** Whether clients may be given a node now: it is up, or so many are not that rather the checks are wrong. */
  mayServe({ state }: Backend): boolean {
    return state === "up" || (this.#panic && DOUBTED.has(state));
  }

  /** A health event, with its cause for the log. `since` is when the check behind it began. */
  note(backend: Backend, event: HealthEvent, cause: string, since: number): void {
    if (event === "pass" && since <= backend.suspectedAt) return; // It began before the refusal, and proves nothing.
    if (event === "refused") {
      backend.suspectedAt = this.#clock();
      backend.checkAt = 0;
    }
    this.#nodes.change(backend, cause, () => {
      backend.health = healthAfter(backend.health, event, this.#rules.health);
    });
  }

  /** A node has answered an upgrade properly. */
  succeeded(backend: Backend): void {
    if (backend.ejection.fails > 0)
      backend.ejection = afterSuccess(backend.ejection, this.#clock(), this.#rules.ejection);
  }

  /** A node was connected and did not answer an upgrade properly, with the cause for the log. */
  failed(backend: Backend, cause: string): void {
    if (backend.state !== "up") return;
    const { ejection: rules } = this.#rules;
    backend.ejection = afterFailure(backend.ejection);
    if (!isDue(backend.ejection, rules)) return;
    if (!this.#maySpare(rules.maxShare)) {
      this.#observer.ejectionRefused(backend.id);
      return;
    }
    this.#nodes.change(backend, cause, () => {
      backend.ejection = eject(backend.ejection, this.#clock(), rules, this.#random);
      backend.ejected = true;
    });
  }

  /** What time does: warms nodes, ends ejections, and lets the tunnels of frozen nodes be closed. To be called often. */
  review(): void {
    const now = this.#clock();
    const sinceMs = now - this.#reviewedAt;
    const shed = (sinceMs / 1_000) * this.#rules.shedPerSecond;
    this.#reviewedAt = now;
    this.#judge();
    const elsewhere = this.#nodes.available;
    for (const backend of this.#nodes.all) {
      this.#nodes.warm(backend, now);
      if (backend.ejected && backend.ejection.until <= now)
        this.#nodes.change(backend, "its time out is over", () => {
          backend.ejected = false;
        });
      const frozen = elsewhere && backend.active > 0 && isFrozen(backend.health, this.#rules.health);
      backend.toShed = frozen
        ? Math.min(backend.toShed + shed, this.#rules.shedPerSecond)
        : backend.cutsWithin(sinceMs);
    }
  }

  #judge(): void {
    const { panicBelow } = this.#rules;
    if (panicBelow === 0) return;
    const meant = [...this.#nodes.all].filter(({ state }) => state === "up" || DOUBTED.has(state));
    const up = meant.filter(({ state }) => state === "up").length;
    const panic = meant.length > 0 && up < meant.length * panicBelow;
    if (panic !== this.#panic) this.#observer.panicChanged(panic, { up, of: meant.length });
    this.#panic = panic;
  }

  #maySpare(maxShare: number): boolean {
    const all = [...this.#nodes.all].filter(({ present, replaced }) => present && !replaced);
    const out = all.filter(({ state }) => state !== "up").length;
    return out + 1 <= all.length * maxShare;
  }
}
