import type { Redis } from "ioredis";
import { RedisAway } from "./script.ts";

/** What a connection knows of the server process behind it. */
export interface Life {
  /** The server's run id; "" where it does not tell. */
  readonly run: string;
  /** When it began, by this process's steady clock, ms; never earlier than it did. */
  readonly bornAt: number;
}

/**
 * Finds out which life of Redis a connection speaks to, each time that it stands anew. A life that was not met before may
 * lack what came last: `onNew` is done before anybody is told of it.
 */
export class Lives {
  readonly #redis: Redis;
  readonly #onNew: () => Promise<void>;
  #last: string | undefined;
  #asking: Promise<Life> | undefined;
  #life: Life | undefined;

  constructor(redis: Redis, onNew: () => Promise<void> = async () => undefined) {
    this.#redis = redis;
    this.#onNew = onNew;
    redis.on("close", () => {
      this.#life = undefined;
      this.#asking = undefined;
    });
    const meet = (): void => void this.#ask().catch(() => undefined); // whoever needs it asks again
    redis.on("ready", meet);
    if (redis.status === "ready") meet();
  }

  /** The life that a command sent now would reach. Rejects with RedisAway while that cannot be known. */
  now(): Life | Promise<Life> {
    return this.#life ?? this.#ask();
  }

  #ask(): Promise<Life> {
    if (this.#asking !== undefined) return this.#asking;
    const asking = this.#meet().then(
      (life) => {
        if (this.#asking === asking) this.#life = life;
        return life;
      },
      (error: unknown) => {
        if (this.#asking === asking) this.#asking = undefined;
        throw error;
      },
    );
    this.#asking = asking;
    return asking;
  }

  async #meet(): Promise<Life> {
    const text = await this.#info();
    const run = /^run_id:(\w+)/m.exec(text)?.[1] ?? "";
    const upSeconds = Number(/^uptime_in_seconds:(\d+)/m.exec(text)?.[1] ?? 0);
    if (this.#last !== undefined && run !== this.#last) await this.#onNew();
    this.#last = run;
    return { run, bornAt: performance.now() - upSeconds * 1_000 };
  }

  async #info(): Promise<string> {
    try {
      return await this.#redis.info("server");
    } catch (error) {
      throw new RedisAway(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}
