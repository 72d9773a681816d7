import type { DueReceipt, Receipts, Showing } from "@bellwire/hub";
import type { ChannelName } from "@bellwire/protocol";
import type { Redis } from "ioredis";
import { createKeys } from "./keys.ts";
import { asList, asText, loadScript, runScript } from "./script.ts";

/** Versions of one subject whose showing is kept. */
export const DEFAULT_MAX_SHOWN_VERSIONS = 256;
/** Versions waiting to be seen or told of. */
export const DEFAULT_MAX_WATCHED = 1_000_000;

const expectScript = loadScript("expect");
const shownScript = loadScript("shown");
const claimScript = loadScript("claim");

export interface ReceiptsOptions {
  /** What every key begins with. Default `bellwire`. */
  readonly prefix?: string;
  /** Of one subject so many versions are kept. Default 256. */
  readonly maxVersions?: number;
  /** So many versions are watched. Default 1,000,000. */
  readonly maxWatched?: number;
}

/** What was shown, a hash for each subject, and what is to be looked at, one sorted set. Rejects when Redis answers an error or not in time. */
export function createReceipts(redis: Redis, options: ReceiptsOptions = {}): Receipts {
  const keys = createKeys(options.prefix);
  const { maxVersions = DEFAULT_MAX_SHOWN_VERSIONS, maxWatched = DEFAULT_MAX_WATCHED } = options;
  const watch = async (receipt: DueReceipt, withinMs: number): Promise<boolean> =>
    (await runScript(redis, expectScript, {
      keys: [keys.receipts],
      argv: [textOf(receipt), withinMs, maxWatched],
    })) === 1;
  return {
    expect: (version, withinMs) => watch({ ...version, why: "deadline" }, withinMs),
    async shown(version, showing, { keepMs, tellWithinMs }) {
      const { channel, subject } = version;
      const receipt: DueReceipt = { ...version, why: "shown" };
      // Watched first, so that nothing that was kept is never told of: who finds it with nothing kept lets it go.
      const isKept = await redis.hexists(keys.shown(channel, subject), String(version.version));
      if (isKept === 1) return "again";
      if (tellWithinMs !== undefined) await watch(receipt, tellWithinMs);
      const kept = await runScript(redis, shownScript, {
        keys: [keys.shown(channel, subject)],
        argv: [version.version, JSON.stringify(showing), keepMs, maxVersions],
      });
      if (kept === 1) return "first";
      return kept === 0 ? "again" : "full";
    },
    async showings(channel, subject) {
      const fields = await redis.hgetall(keys.shown(channel, subject));
      // Written by `shown` from the same type.
      const entries = Object.entries(fields).map(
        ([version, text]) => [Number(version), JSON.parse(text) as Showing] as const,
      );
      return new Map(entries.sort(([some], [other]) => some - other));
    },
    async claim(limit, leaseMs) {
      const due = await runScript(redis, claimScript, { keys: [keys.receipts], argv: [limit, leaseMs] });
      return asList(due).map((text) => receiptOf(asText(text)));
    },
    async settle(receipt) {
      await redis.zrem(keys.receipts, textOf(receipt));
    },
  };
}

const textOf = ({ why, channel, subject, version }: DueReceipt): string =>
  JSON.stringify([why, channel, subject, version]);

function receiptOf(text: string): DueReceipt {
  // Written by `textOf`.
  const [why, channel, subject, version] = JSON.parse(text) as [DueReceipt["why"], ChannelName, string, number];
  return { why, channel, subject, version };
}
