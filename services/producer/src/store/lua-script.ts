import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** A Lua script beside this file, run by its hash and sent whole only where the server does not know it. */
export class LuaScript {
  readonly #text: string;
  readonly #hash: string;

  constructor(file: string) {
    this.#text = readFileSync(new URL(`./lua/${file}`, import.meta.url), "utf8");
    this.#hash = createHash("sha1").update(this.#text).digest("hex");
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return redis.eval(this.#text, keys.length, ...keys, ...args);
    }
  }
}
