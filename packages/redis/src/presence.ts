import type { Presence } from "@bellwire/hub";
import type { ClientInfo } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import { createKeys } from "./keys.ts";
import { asList, asNumber, asText, loadScript, runScript, runScriptInOrder } from "./script.ts";
import { SLICE } from "./traces.ts";

/** Clients of one node in one channel that presence shows. */
export const DEFAULT_MAX_PRESENT_PER_NODE = 10_000;

const enterScript = loadScript("enter");
const presentScript = loadScript("present");

export interface PresenceOptions {
  /** What every key begins with. Default `bellwire`. */
  readonly prefix?: string;
  /** A node shows at most so many clients of one channel. Default 10,000. */
  readonly maxPerNode?: number;
}

/** Who is in which channel: a hash for each channel and node, so that a dead node's goes at once. */
export function createPresence(redis: Redis, options: PresenceOptions = {}): Presence {
  const keys = createKeys(options.prefix);
  const maxPerNode = options.maxPerNode ?? DEFAULT_MAX_PRESENT_PER_NODE;
  const read = (channel: Parameters<Presence["stats"]>[0], limit: number) =>
    runScript(redis, presentScript, { keys: [keys.holders(channel), keys.present(channel, "")], argv: [limit] });
  return {
    async enter(channel, node, info) {
      // In order: sent a second time, it would show a client that has left in between.
      const entered = await runScriptInOrder(redis, enterScript, {
        keys: [keys.present(channel, node)],
        argv: [info.client, textOf(info), maxPerNode],
      });
      return entered === 1;
    },
    async leave(channel, node, client) {
      await redis.hdel(keys.present(channel, node), client);
    },
    async restate(channel, node, infos) {
      const key = keys.present(channel, node);
      const shown = infos.slice(0, maxPerNode);
      const writes: Array<Promise<unknown>> = [redis.unlink(key)];
      for (let start = 0; start < shown.length; start += SLICE) {
        const slice = shown.slice(start, start + SLICE);
        writes.push(redis.hset(key, ...slice.flatMap((info) => [info.client, textOf(info)])));
      }
      await Promise.all(writes);
    },
    async present(channel, limit) {
      const fields = asList(await read(channel, limit));
      const infos: ClientInfo[] = [];
      for (let index = 0; index + 1 < fields.length; index += 2)
        infos.push(infoOf(asText(fields[index]), asText(fields[index + 1])));
      return infos;
    },
    async stats(channel) {
      const [clients, users] = asList(await read(channel, -1));
      return { clients: asNumber(clients), users: asNumber(users) };
    },
  };
}

/** The user stands first, as JSON, which has no line break, so that a script can count users without reading the rest. */
const textOf = ({ user, connInfo, chanInfo }: ClientInfo): string =>
  `${JSON.stringify(user)}\n${JSON.stringify({ connInfo, chanInfo })}`;

function infoOf(client: string, value: string): ClientInfo {
  const line = value.indexOf("\n");
  // Both were written by `textOf`.
  const user = JSON.parse(value.slice(0, line)) as string;
  return { user, client, ...(JSON.parse(value.slice(line + 1)) as Pick<ClientInfo, "connInfo" | "chanInfo">) };
}
