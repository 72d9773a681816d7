import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { NativeRabbit } from "./backend.ts";
import { findNative, missing, USUAL_FOLDERS } from "./native.ts";
import { startNativeServer } from "./native-server.ts";
import { freePorts } from "./ports.ts";
import { probeRabbit } from "./probe.ts";

const CTL_MS = 60_000;
const run = promisify(execFile);

/** What our topology needs beyond the core, in the file format of RabbitMQ's enabled_plugins. */
export const ENABLED_PLUGINS = "[rabbitmq_consistent_hash_exchange].\n";

export interface NativeRabbitOptions {
  /** The PATH to look for the server in, before the usual folders. */
  readonly path?: string;
  /** Bound for coming up, ms. Default 60,000: a cold start on a busy machine. */
  readonly startMs?: number;
}

export interface RabbitPorts {
  readonly amqp: number;
  readonly dist: number;
  readonly epmd: number;
}

/** The whole environment of a private rabbitmq-server: nothing of the machine's own RabbitMQ is read or written. */
export function rabbitEnv(ports: RabbitPorts, folder: string, path: string): Readonly<Record<string, string>> {
  return {
    PATH: path,
    LANG: "C.UTF-8",
    HOME: folder,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_CRASH_DUMP_SECONDS: "0",
    RABBITMQ_NODENAME: `bellwire-${ports.amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, "config"),
    RABBITMQ_SCHEMA_DIR: join(folder, "schema"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "rabbitmq-env.conf"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
    RABBITMQ_CONFIG_FILES: join(folder, "conf.d"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}",
    // The start script then becomes the server itself instead of a shell that waits for it.
    RUNNING_UNDER_SYSTEMD: "true",
  };
}

/** Our own port mapper in the server's process group: the server would start one that outlives it. */
const WITH_OWN_EPMD = 'epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 </dev/null >/dev/null 2>&1 & exec "$0"';

/** Starts the machine's rabbitmq-server for us alone, guest:guest, on a free loopback port. Rejects when there is none or it does not answer. */
export async function startNativeRabbit(options: NativeRabbitOptions = {}): Promise<NativeRabbit> {
  const { rabbit } = await findNative(options.path);
  if (rabbit === undefined) throw missing("rabbitmq-server");
  const [amqp = 0, dist = 0, epmd = 0] = await freePorts(3);
  const folder = await mkdtemp(join(tmpdir(), "bellwire-rabbitmq-"));
  for (const name of ["data", "log", "config", "schema", "conf.d"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "enabled_plugins"), ENABLED_PLUGINS);
  await writeFile(join(folder, "rabbitmq-env.conf"), "");
  await writeFile(join(folder, "rabbitmq.conf"), "log.file.level = warning\n");
  const path = [options.path, USUAL_FOLDERS.join(":")].filter(Boolean).join(":");
  const env = rabbitEnv({ amqp, dist, epmd }, folder, path);
  const server = await startNativeServer({
    name: "rabbitmq-server",
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    folder,
    command: "/bin/sh",
    args: ["-c", WITH_OWN_EPMD, rabbit],
    env,
    data: join(folder, "data"),
    ports: [amqp, dist, epmd],
    probe: () => probeRabbit(amqp),
    startMs: options.startMs ?? 60_000,
    stopMs: 15_000,
  });
  const control = join(dirname(rabbit), "rabbitmqctl");
  return Object.assign(server, {
    ctl: async (...args: readonly string[]) => (await run(control, args, { env, timeout: CTL_MS })).stdout,
  });
}
