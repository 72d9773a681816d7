import { randomUUID } from "node:crypto";
import { MAX_RULES, type Rulebook } from "@bellwire/hub";
import type { Redis } from "ioredis";
import { createKeys } from "./keys.ts";
import { asList, asText, loadScript, runScript } from "./script.ts";

const readScript = loadScript("read-rules");
const writeScript = loadScript("write-rules");

/** No version is this. */
const UNKNOWN = "?";

/** A rulebook for all who have the same prefix. Rejects when Redis answers an error or not in time. */
export function createRulebook(redis: Redis, options: { readonly prefix?: string } = {}): Rulebook {
  const keys = [createKeys(options.prefix).rulebook];
  const write = (changes: ReadonlyMap<string, string | undefined>, onlyNew: 0 | 1) =>
    runScript(redis, writeScript, {
      keys,
      argv: [
        ...[onlyNew, randomUUID(), MAX_RULES],
        ...[...changes].flatMap(([name, text]) => [name, text === undefined ? 0 : 1, text ?? ""]),
      ],
    });
  return {
    async read(known) {
      const [version, ...fields] = asList(await runScript(redis, readScript, { keys, argv: [known ?? UNKNOWN] }));
      if (version === undefined) return undefined;
      const entries = new Map<string, string>();
      for (let at = 0; at + 1 < fields.length; at += 2) entries.set(asText(fields[at]), asText(fields[at + 1]));
      return { version: asText(version), entries };
    },
    async write(changes) {
      await write(changes, 0);
    },
    async restore(entries) {
      await write(entries, 1);
    },
  };
}
