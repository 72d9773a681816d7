/** Bounds further tries by a share of the opens, so that a sick cluster is not asked three times as much. */
export class RetryBudget {
  readonly #share: number;
  readonly #reserve: number;
  #left: number;

  /** `share` of each open is saved up for retries, `reserve` at most: as much is there at the start, for the moment a node dies. */
  constructor(options: { readonly share: number; readonly reserve: number }) {
    this.#share = options.share;
    this.#reserve = options.reserve;
    this.#left = options.reserve;
  }

  opened(): void {
    this.#left = Math.min(this.#reserve, this.#left + this.#share);
  }

  /** True if one more try is within the budget; it is then spent. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
