import { dockerAnswers } from "@bellwire/backends";
import type { TestProject } from "vitest/node";
import { startContainers } from "./containers.ts";
import { type Pair, startNativePair } from "./pair.ts";

/** A RabbitMQ and a Redis that the real-thing tests run against. */
export interface TestBackends {
  readonly name: string;
  readonly redisUrl: string;
  readonly amqpUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    backends: TestBackends[];
  }
}

interface Running {
  readonly backends: TestBackends[];
  stop(): Promise<void>;
}

/** One start for the whole run, although every project loads this module for itself. */
interface Shared {
  users: number;
  running: Promise<Running> | undefined;
}
const KEY = Symbol.for("bellwire.test.backends");
const shelf = globalThis as typeof globalThis & { [KEY]?: Shared };
shelf[KEY] ??= { users: 0, running: undefined };
const shared: Shared = shelf[KEY];

/** Starts the backends for the first project that asks and ends them after the last; vitest calls what is returned. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.users += 1;
  shared.running ??= startBackends(process.env.BELLWIRE_TEST_BACKENDS ?? "all");
  const running = shared.running;
  project.provide("backends", (await running).backends);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.running = undefined;
    await (await running).stop();
  };
}

/** `which` is native, docker or all. Rejects when none of them comes up; says in one line which did and why another did not. */
async function startBackends(which: string): Promise<Running> {
  if (!["native", "docker", "all"].includes(which))
    throw new Error(`BELLWIRE_TEST_BACKENDS is native, docker or all, not ${JSON.stringify(which)}`);
  const offers = [
    { name: "native", start: startNativePair },
    { name: "docker", start: startDockerPair },
  ];
  const tried = await Promise.all(
    offers.map(async ({ name, start }) => {
      if (which !== "all" && which !== name) return { name, refusal: `BELLWIRE_TEST_BACKENDS=${which}` };
      try {
        return { name, pair: await start() };
      } catch (error) {
        return { name, refusal: reason(error) };
      }
    }),
  );
  const line = tried.map(({ name, pair, refusal }) => `${name} (${pair ? pair.versions : `not used: ${refusal}`})`);
  console.log(`backends: ${line.join("; ")}`);
  const up = tried.flatMap(({ name, pair }) => (pair ? [{ name, pair }] : []));
  if (up.length === 0) throw new Error(`no RabbitMQ and Redis to test against: ${line.join("; ")}`);
  return {
    backends: up.map(({ name, pair }) => ({ name, redisUrl: pair.redisUrl, amqpUrl: pair.amqpUrl })),
    stop: async () => {
      await Promise.all(up.map(({ pair }) => pair.stop()));
    },
  };
}

async function startDockerPair(): Promise<Pair> {
  if ((await dockerAnswers()) === undefined) throw new Error("no Docker engine answers");
  return await startContainers();
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
