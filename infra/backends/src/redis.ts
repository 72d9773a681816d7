import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBackend } from "./backend.ts";
import { findNative, missing } from "./native.ts";
import { startNativeServer } from "./native-server.ts";
import { freePorts } from "./ports.ts";
import { probeRedis } from "./probe.ts";

export interface NativeRedisOptions {
  /** The PATH to look for the server in, before the usual folders. */
  readonly path?: string;
  /** Writes an append-only file, so that data outlives `kill` and `restart`. Off: memory only. */
  readonly persist?: boolean;
  /** Bound for coming up, ms. Default 10,000. */
  readonly startMs?: number;
}

/** The command line of a private redis-server. */
export const redisArgs = (port: number, folder: string, persist: boolean): readonly string[] => [
  ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no"],
  ...["--save", "", "--appendonly", persist ? "yes" : "no", "--appendfsync", "everysec"],
];

/** Starts the machine's redis-server for us alone on a free loopback port. Rejects when there is none or it does not answer. */
export async function startNativeRedis(options: NativeRedisOptions = {}): Promise<NativeBackend> {
  const { redis } = await findNative(options.path);
  if (redis === undefined) throw missing("redis-server");
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), "bellwire-redis-"));
  const data = join(folder, "data");
  await mkdir(data);
  return await startNativeServer({
    name: "redis-server",
    url: `redis://127.0.0.1:${port}`,
    folder,
    command: redis,
    args: redisArgs(port, data, options.persist ?? false),
    data,
    env: { LANG: "C.UTF-8", HOME: folder },
    ports: [port],
    probe: () => probeRedis(port),
    startMs: options.startMs ?? 10_000,
    stopMs: 5_000,
  });
}
