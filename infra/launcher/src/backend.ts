import {
  dockerAnswers,
  findNative,
  startDockerRabbit,
  startDockerRedis,
  startNativeRabbit,
  startNativeRedis,
} from "@bellwire/backends";
import type { Env } from "@bellwire/runtime";
import type { BackendName } from "./options.ts";
import type { BackendUrls } from "./plan.ts";

type Chosen = Exclude<BackendName, "auto">;

/** Where RabbitMQ and Redis come from, and why. Disposing ends what was started for it. */
export interface RunningBackend extends AsyncDisposable {
  readonly name: Chosen;
  readonly urls: BackendUrls | undefined;
  readonly description: string;
  readonly why: string;
}

/** A backend that cannot be had; the message says what would help. */
export class NoBackend extends Error {
  override readonly name = "NoBackend";
}

/** Starts the wanted backend; `auto` takes the first that can be had, and says why not the ones before it. Throws NoBackend. */
export async function startBackend(
  wanted: BackendName,
  env: Env,
  say: (text: string) => void,
): Promise<RunningBackend> {
  if (wanted !== "auto") return await start(wanted, env, "asked for with --backend", say);
  const passed: string[] = [];
  for (const name of ["external", "native", "docker"] as const) {
    const obstacle = await obstacleTo(name, env);
    if (obstacle === undefined) return await start(name, env, ["the first that can be had", ...passed].join("; "), say);
    passed.push(`not ${name}: ${obstacle}`);
  }
  return await start("memory", env, passed.join("; "), say);
}

/** Why a backend cannot be had on this machine; undefined when it can. */
async function obstacleTo(name: Chosen, env: Env): Promise<string | undefined> {
  switch (name) {
    case "external": {
      const absent = ["BELLWIRE_REDIS_URL", "BELLWIRE_AMQP_URL"].filter((variable) => !env[variable]);
      return absent.length === 0 ? undefined : `${absent.join(" and ")} not set`;
    }
    case "native": {
      const found = await findNative(env.PATH);
      const absent = [...(found.redis ? [] : ["redis-server"]), ...(found.rabbit ? [] : ["rabbitmq-server"])];
      return absent.length === 0 ? undefined : `${absent.join(" and ")} not installed`;
    }
    case "docker":
      return (await dockerAnswers()) === undefined ? "no Docker engine answers" : undefined;
    case "memory":
      return undefined;
    default:
      name satisfies never;
      return undefined;
  }
}

async function start(name: Chosen, env: Env, why: string, say: (text: string) => void): Promise<RunningBackend> {
  const obstacle = await obstacleTo(name, env);
  if (obstacle !== undefined) throw new NoBackend(`--backend ${name}: ${obstacle}`);
  if (name === "memory")
    return {
      ...{ name, why, urls: undefined, [Symbol.asyncDispose]: async () => undefined },
      description: "no RabbitMQ and no Redis: all in one process, gone when it ends",
    };
  if (name === "external")
    return {
      ...{ name, why, [Symbol.asyncDispose]: async () => undefined },
      urls: { redisUrl: env.BELLWIRE_REDIS_URL ?? "", amqpUrl: env.BELLWIRE_AMQP_URL ?? "" },
      description: "the given RabbitMQ and Redis",
    };
  say(
    name === "native"
      ? "starting private servers; RabbitMQ takes some seconds"
      : "starting containers; images that are missing are pulled",
  );
  return { name, why, ...(await startPair(name, env)) };
}

async function startPair(name: "native" | "docker", env: Env) {
  await using starting = new AsyncDisposableStack();
  const path = env.PATH ?? "";
  const started = await Promise.allSettled(
    name === "native"
      ? [startNativeRedis({ path }), startNativeRabbit({ path })]
      : [startDockerRedis(), startDockerRabbit()],
  );
  const servers = started.flatMap((one) => (one.status === "fulfilled" ? [starting.use(one.value)] : []));
  const failure = started.find((one) => one.status === "rejected");
  const [redis, rabbit] = servers;
  if (failure !== undefined || redis === undefined || rabbit === undefined)
    throw new NoBackend(`--backend ${name}: ${messageOf(failure?.reason)}`);
  const held = starting.move();
  const where = name === "native" ? "private servers of this machine" : "containers";
  return {
    urls: { redisUrl: redis.url, amqpUrl: rabbit.url },
    description: `Redis ${redis.version} (${redis.url}) and RabbitMQ ${rabbit.version} (${rabbit.url}), ${where}`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const messageOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));
