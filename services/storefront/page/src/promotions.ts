import type { Promotion } from "./wire.ts";

/** More promotions are not kept: the oldest go. */
export const MAX_PROMOTIONS = 20;

/** Remembered dismissals, so that a promotion that comes again stays away. */
export const MAX_DISMISSED = 200;

/** The promotions on show, newest first. One that came twice, or was dismissed, is not shown again. */
export class Promotions {
  #shown: readonly Promotion[] = [];
  readonly #dismissed = new Set<string>();

  get shown(): readonly Promotion[] {
    return this.#shown;
  }

  /** Answers whether it is new. */
  add(promotion: Promotion): boolean {
    if (this.#dismissed.has(promotion.id) || this.#shown.some(({ id }) => id === promotion.id)) return false;
    this.#shown = [promotion, ...this.#shown].slice(0, MAX_PROMOTIONS);
    return true;
  }

  dismiss(id: string): void {
    this.#shown = this.#shown.filter((promotion) => promotion.id !== id);
    this.#dismissed.add(id);
    const [oldest] = this.#dismissed;
    if (this.#dismissed.size > MAX_DISMISSED && oldest !== undefined) this.#dismissed.delete(oldest);
  }
}
