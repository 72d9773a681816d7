import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";

/** What a script answers: integers, texts, and lists of them. */
export type Reply = string | number | null | readonly Reply[];

/** A Lua script of this package. Its header names KEYS, ARGV and what it returns. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

export interface ScriptArguments {
  readonly keys: readonly string[];
  readonly argv: ReadonlyArray<string | number>;
}

/** Reads `lua/<name>.lua`; done once, at module load. */
export function loadScript(name: string): Script {
  const text = readFileSync(join(import.meta.dirname, "lua", `${name}.lua`), "utf8");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** Redis cannot be reached, or says that it can do nothing for anybody now. */
export class RedisAway extends Error {
  override readonly name = "RedisAway";
  readonly outage = true;
}

/** Answers with these first words are about Redis' own state; all others are about what was asked. */
const OUTAGES =
  /^(LOADING|BUSY|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM) /;

/**
 * Runs a script by its digest, in one round trip; a server that does not know it (a new one, or its scripts were
 * flushed) is sent the text once. Rejects with RedisAway, or with the server's error about this very call.
 */
export async function runScript(redis: Redis, script: Script, args: ScriptArguments): Promise<Reply> {
  try {
    return asReply(await redis.evalsha(script.sha, args.keys.length, ...args.keys, ...args.argv));
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw told(error);
  }
  return runScriptInOrder(redis, script, args);
}

/**
 * Runs a script by its text, which costs its bytes and always one round trip: it takes effect in the order of sending even on
 * a server that does not know it. Rejects as `runScript` does.
 */
export async function runScriptInOrder(redis: Redis, script: Script, args: ScriptArguments): Promise<Reply> {
  try {
    return asReply(await redis.eval(script.text, args.keys.length, ...args.keys, ...args.argv));
  } catch (error) {
    throw told(error);
  }
}

/** Makes the server know a script, so that calls of it take effect in the order in which they are sent. */
export async function teach(redis: Redis, script: Script): Promise<void> {
  try {
    await redis.script("LOAD", script.text);
  } catch (error) {
    throw told(error);
  }
}

function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const answered = error.name === "ReplyError" && !OUTAGES.test(error.message);
  return answered ? error : new RedisAway(error.message, { cause: error });
}

/** A script's answer was not what its header says: the script and this code do not belong together. */
export class UnexpectedReply extends Error {
  override readonly name = "UnexpectedReply";
}

export function asList(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw new UnexpectedReply(`expected a list, got ${typeof reply}`);
}

export function asText(reply: Reply | undefined): string {
  if (typeof reply === "string") return reply;
  throw new UnexpectedReply(`expected a text, got ${typeof reply}`);
}

export function asNumber(reply: Reply | undefined): number {
  const number = typeof reply === "string" ? Number(reply) : reply;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw new UnexpectedReply(`expected a whole number, got ${typeof reply}`);
}

/** ioredis types a script's answer as unknown; RESP leaves only these shapes. */
const asReply = (reply: unknown): Reply => reply as Reply;
