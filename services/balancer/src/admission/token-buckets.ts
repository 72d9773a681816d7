interface Bucket {
  tokens: number;
  at: number;
}

/** So many events per second for each key, with a burst. Bounded: the key unheard of for longest is forgotten first. */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxKeys: number;
  readonly #onForgotten: () => void;
  readonly #buckets = new Map<string, Bucket>();

  /** `onForgotten` hears of keys that were forgotten before their bucket was full again. */
  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly maxKeys: number;
    readonly onForgotten: () => void;
  }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#maxKeys = options.maxKeys;
    this.#onForgotten = options.onForgotten;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** True if one more event of this key is allowed at `now`, ms; it is then counted. */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    bucket.tokens = this.#tokensOf(bucket, now);
    bucket.at = now;
    this.#buckets.delete(key); // The map's order is the order of the last use.
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) this.#forgetOldest(now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #tokensOf({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#burst, tokens + ((now - at) / 1_000) * this.#perSecond);
  }

  #forgetOldest(now: number): void {
    const [oldest] = this.#buckets;
    if (oldest === undefined) return;
    this.#buckets.delete(oldest[0]);
    if (this.#tokensOf(oldest[1], now) < this.#burst) this.#onForgotten();
  }
}
