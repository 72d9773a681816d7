import { readBalancerConfig } from "@bellwire/balancer";
import { ConfigError, type Env } from "@bellwire/runtime";
import { ensurePage } from "@bellwire/storefront";
import { NoBackend, startBackend } from "./backend.ts";
import { processPerService, singleProcess } from "./cluster.ts";
import type { Options } from "./options.ts";
import { planServices } from "./plan.ts";
import { claims, takenPorts } from "./ports.ts";
import { allReady } from "./ready.ts";
import type { Watcher } from "./supervised.ts";
import { whereToLook } from "./where-to-look.ts";

/** What the launcher needs from its process. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Env;
  /** Aborted when somebody wants the cluster to end. */
  readonly end: AbortSignal;
  say(text: string): void;
  complain(text: string): void;
  line(name: string, line: string): void;
}

export const EXIT = { fine: 0, failed: 1, badOption: 2 } as const;

const READY_MS = 60_000;

/** Runs a cluster until `end`, then drains it and removes everything. Resolves to the exit code. */
export async function launch(options: Options, surroundings: Surroundings): Promise<number> {
  const { env, end, say, complain } = surroundings;
  try {
    const unknown = unknownStrategy(options);
    if (unknown !== undefined) {
      complain(unknown);
      return EXIT.badOption;
    }
    const problems = await takenPorts(claims(options));
    if (problems.length > 0) {
      for (const problem of problems) complain(problem);
      return EXIT.failed;
    }
    await using backend = await startBackend(options.backend, env, say);
    say(`backend ${backend.name} (${backend.why}): ${backend.description}`);
    for (const line of whereToLook(options)) say(line);
    if (end.aborted) return EXIT.fine;
    await ensurePage();
    return await runCluster(options, backend.urls, surroundings);
  } catch (error) {
    if (!(error instanceof NoBackend)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
}

/** The balancer knows its strategies. */
function unknownStrategy({ strategy }: Options): string | undefined {
  try {
    readBalancerConfig({ BELLWIRE_BALANCER_STRATEGY: strategy });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return `--strategy: ${error.message}`;
    throw error;
  }
}

async function runCluster(
  options: Options,
  urls: Parameters<typeof planServices>[1],
  { args, env, end, say, complain, line }: Surroundings,
): Promise<number> {
  const starting = new AbortController();
  let serving = false;
  const plans = planServices(options, urls, env);
  const watcher: Watcher = {
    line,
    started: (name, pid, times) => say(times === 1 ? `${name} has pid ${pid}` : `${name} is back with pid ${pid}`),
    ended(name, how, restartInMs) {
      if (restartInMs === undefined) return;
      if (serving) complain(`${name} died (${how}); it is started again in ${restartInMs / 1_000} s`);
      else starting.abort(new Error(`${name} died while starting (${how}): see its lines above`));
    },
  };
  const cluster = urls === undefined ? singleProcess(args, env, watcher) : processPerService(plans, env, watcher);
  cluster.start();
  let code: number = EXIT.fine;
  try {
    await allReady(plans, READY_MS, AbortSignal.any([starting.signal, end]));
    serving = true;
    say(`ready: ${options.nodes} nodes; Ctrl-C ends it`);
    await aborted(end);
  } catch (error) {
    if (!end.aborted) {
      if (!(error instanceof Error)) throw error;
      complain(error.message);
      code = EXIT.failed;
    }
  }
  say("stopping: draining the services");
  for (const name of await cluster.stop()) complain(`${name} did not drain in time and was killed`);
  return code;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
