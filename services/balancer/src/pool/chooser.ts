import { RecentChoices } from "../strategies/recent-choices.ts";
import type { Credits } from "../strategies/strategy.ts";
import { type StrategyName, strategies } from "../strategies/table.ts";
import type { Backend } from "./backend.ts";

/** The choices that a node's share is capped over. */
const RECENT_CHOICES = 100;

/** The strategy in use, and what it remembers from one choice to the next. */
export class Chooser {
  readonly #random: () => number;
  readonly #hashBalance: number | undefined;
  readonly #recent = new RecentChoices(RECENT_CHOICES);
  #strategy: StrategyName;
  #credits: Credits = new Map();

  constructor(options: {
    readonly strategy: StrategyName;
    readonly hashBalance: number | undefined;
    readonly random: () => number;
  }) {
    this.#strategy = options.strategy;
    this.#hashBalance = options.hashBalance;
    this.#random = options.random;
  }

  get strategy(): StrategyName {
    return this.#strategy;
  }

  /** From the next choice on. */
  use(strategy: StrategyName): void {
    this.#strategy = strategy;
    this.#credits = new Map();
  }

  choose(nodes: readonly Backend[], key: string): Backend | undefined {
    const choice = strategies[this.#strategy]({
      nodes,
      credits: this.#credits,
      key,
      random: this.#random,
      recent: this.#recent,
      ...(this.#hashBalance !== undefined && { hashBalance: this.#hashBalance }),
    });
    if (choice !== undefined) this.#credits = choice.credits;
    return choice?.node;
  }

  /** Tells of every client that was given a node, whoever chose it. */
  given(node: Backend): void {
    this.#recent.add(node.id);
  }

  forget(node: Backend): void {
    const credits = new Map(this.#credits);
    credits.delete(node.id);
    this.#credits = credits;
  }
}
