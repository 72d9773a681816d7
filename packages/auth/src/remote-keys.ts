import { z } from "zod";
import { type Algorithm, algorithms, KeyError, type VerifyingKey, webKey } from "./keys.ts";
import { fitting, type TokenHeader } from "./signature.ts";

export interface RemoteKeysLimits {
  /** A set is asked for anew after this; the old one serves meanwhile. */
  readonly maxAgeMs: number;
  /** While no new set can be had the last one serves for so long. */
  readonly maxStaleMs: number;
  /** Between two requests, however many tokens name a key that is not known. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  /** The largest answer that is read. */
  readonly bytes: number;
  /** Keys taken from one set. */
  readonly keys: number;
}

export const remoteKeysLimits: RemoteKeysLimits = {
  maxAgeMs: 600_000,
  maxStaleMs: 86_400_000,
  cooldownMs: 30_000,
  timeoutMs: 5_000,
  bytes: 262_144,
  keys: 64,
};

/** The keys that an identity provider publishes. */
export interface RemoteKeys {
  /** Never rejects. `unavailable`: no set could be had, and none that is fresh enough is at hand. */
  keysFor(header: TokenHeader): Promise<readonly VerifyingKey[] | "unavailable">;
}

export interface RemoteKeysOptions {
  readonly url: string;
  readonly limits?: Partial<RemoteKeysLimits>;
  /** A clock that never steps back, ms. */
  readonly now: () => number;
  /** Told of every request's outcome. */
  readonly fetched?: (outcome: "ok" | "failed", error?: unknown) => void;
}

const KeySet = z.object({ keys: z.array(z.unknown()) });
const Published = z.looseObject({
  kty: z.string(),
  kid: z.string().max(256).optional(),
  use: z.string().optional(),
  alg: z.string().optional(),
});

/** A JSON Web Key Set (RFC 7517) by URL: kept, refreshed in time, asked again for an unknown key at most once per cooldown. */
export function createRemoteKeys(options: RemoteKeysOptions): RemoteKeys {
  const { url, now, fetched = () => undefined } = options;
  const limits = { ...remoteKeysLimits, ...options.limits };
  let keys: readonly VerifyingKey[] = [];
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = (): Promise<void> => {
    if (asking !== undefined) return asking;
    if (now() - askedAt < limits.cooldownMs) return Promise.resolve();
    askedAt = now();
    asking = fetchKeys(url, limits)
      .then(
        (published) => {
          keys = published;
          fetchedAt = now();
          fetched("ok");
        },
        (error: unknown) => fetched("failed", error),
      )
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return {
    async keysFor(header) {
      const age = now() - fetchedAt;
      const usable = age <= limits.maxStaleMs;
      if (usable && fitting(keys, header).length > 0) {
        if (age > limits.maxAgeMs) void ask();
        return keys;
      }
      await ask();
      return now() - fetchedAt <= limits.maxStaleMs ? keys : "unavailable";
    },
  };
}

async function fetchKeys(url: string, limits: RemoteKeysLimits): Promise<readonly VerifyingKey[]> {
  const answer = await fetch(url, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(limits.timeoutMs),
  });
  const body = await bounded(answer, limits.bytes);
  if (!answer.ok) throw new Error(`key set answered ${answer.status}`);
  const { keys } = KeySet.parse(JSON.parse(body));
  return keys.slice(0, limits.keys).flatMap((key) => usableKey(key) ?? []);
}

/** What is not for verifying our tokens (encryption keys, other types) is passed over: sets may hold more than one use. */
function usableKey(given: unknown): VerifyingKey | undefined {
  const read = Published.safeParse(given);
  if (!read.success) return undefined;
  const { kid, use, alg } = read.data;
  if (use !== undefined && use !== "sig") return undefined;
  if (alg !== undefined && !(algorithms as readonly string[]).includes(alg)) return undefined;
  try {
    return webKey(read.data, { kid, algorithm: alg as Algorithm | undefined });
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

async function bounded(answer: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new Error(`key set is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
