import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { Backend } from "./backend.ts";
import { guard } from "./guard.ts";
import { probeRabbit, probeRedis } from "./probe.ts";
import { ENABLED_PLUGINS } from "./rabbit.ts";
import { NoUse, until } from "./until.ts";

const runFile = promisify(execFile);

const REDIS_IMAGE = "redis:8";
const RABBIT_IMAGE = "rabbitmq:4";
const LABEL = "io.bellwire.backend";

const ASK_MS = 10_000;
/** Long enough to pull an image. */
const RUN_MS = 300_000;
const PROBE_EVERY_MS = 300;

/** The version of the Docker engine that answers, or undefined when none does within 10 s. */
export async function dockerAnswers(): Promise<string | undefined> {
  try {
    return await docker(ASK_MS, "version", "--format", "{{.Server.Version}}");
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** True when the image need not be pulled. */
export const hasImage = (image: string): Promise<boolean> =>
  docker(ASK_MS, "image", "inspect", "--format", "{{.Id}}", image).then(
    () => true,
    () => false,
  );

/** A throw-away Redis container on a free loopback port. Rejects when it does not answer within `startMs` (30,000). */
export const startDockerRedis = (startMs = 30_000): Promise<Backend> =>
  startContainer({
    image: REDIS_IMAGE,
    port: 6379,
    command: ["redis-server", "--save", "", "--appendonly", "no"],
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: probeRedis,
    startMs,
  });

/** A throw-away RabbitMQ container, guest:guest, on a free loopback port. Rejects when it does not answer within `startMs` (90,000). */
export const startDockerRabbit = (startMs = 90_000): Promise<Backend> =>
  startContainer({
    image: RABBIT_IMAGE,
    port: 5672,
    command: [
      "sh",
      "-c",
      `printf '${ENABLED_PLUGINS.trim()}' > /etc/rabbitmq/enabled_plugins && exec docker-entrypoint.sh rabbitmq-server`,
    ],
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
    probe: probeRabbit,
    startMs,
  });

async function startContainer(plan: {
  readonly image: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly url: (port: number) => string;
  readonly probe: (port: number) => Promise<string | undefined>;
  readonly startMs: number;
}): Promise<Backend> {
  const id = `bellwire-${randomUUID()}`;
  // Guarded by name and before it exists: our end may fall into the run.
  const forget = guard({ kind: "container", id });
  let removed: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    removed ??= removeContainer(id).then(forget);
    return removed;
  };
  try {
    await docker(
      RUN_MS,
      ...["run", "--rm", "--detach", "--name", id, "--label", LABEL, "--publish", `127.0.0.1::${plan.port}`],
      ...[plan.image, ...plan.command],
    );
    const port = await publishedPort(id, plan.port);
    const version = await until(
      async () => {
        await mustRun(id, plan.image);
        return await plan.probe(port);
      },
      { what: `${plan.image} did not answer`, withinMs: plan.startMs, everyMs: PROBE_EVERY_MS },
    );
    return { url: plan.url(port), version, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function publishedPort(id: string, port: number): Promise<number> {
  const line = (await docker(ASK_MS, "port", id, `${port}/tcp`)).split("\n")[0] ?? "";
  const published = Number(line.slice(line.lastIndexOf(":") + 1));
  if (!Number.isInteger(published) || published <= 0) throw new Error(`docker published no port for ${port}: ${line}`);
  return published;
}

async function mustRun(id: string, image: string): Promise<void> {
  const state = await docker(ASK_MS, "inspect", "--format", "{{.State.Status}}", id).catch(() => "removed");
  if (state !== "running") throw new NoUse(`the container of ${image} is ${state}`);
}

/** Forgives a container that is gone: `--rm` removes it as soon as its server ends. */
async function removeContainer(id: string): Promise<void> {
  try {
    await docker(60_000, "rm", "--force", "--volumes", id);
  } catch (error) {
    if (error instanceof Error && /No such container|already in progress/.test(error.message)) return;
    throw error;
  }
}

async function docker(withinMs: number, ...args: readonly string[]): Promise<string> {
  const { stdout } = await runFile("docker", args, { timeout: withinMs, maxBuffer: 1024 * 1024 });
  return stdout.trim();
}
