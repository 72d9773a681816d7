import type { Env } from "@bellwire/runtime";
import type { ServicePlan } from "./plan.ts";
import { EMBEDDED } from "./readable.ts";
import { type Command, Supervised, type Watcher } from "./supervised.ts";

const services = new URL("../../../services/", import.meta.url);

/** Long enough for every service's own drain. */
const STOP_MS = 30_000;

/** The processes of a cluster: one per service, or a single one that holds them all. */
export interface Cluster {
  start(): void;
  /** Drains all at once; resolves to the names of those that had to be killed. */
  stop(): Promise<readonly string[]>;
}

/** One process per service. */
export const processPerService = (plans: readonly ServicePlan[], env: Env, watcher: Watcher): Cluster =>
  clusterOf(
    plans.map((plan) => ({
      name: plan.name,
      file: new URL(`${plan.kind}/src/main.ts`, services).pathname,
      args: [],
      env: { ...env, ...plan.env },
    })),
    watcher,
  );

/** All services in one process, which plans them itself out of the same command line. */
export const singleProcess = (args: readonly string[], env: Env, watcher: Watcher): Cluster =>
  clusterOf(
    [{ name: EMBEDDED, file: new URL("embedded/main.ts", import.meta.url).pathname, args, env: { ...env } }],
    watcher,
  );

function clusterOf(commands: readonly Command[], watcher: Watcher): Cluster {
  const members = commands.map((command) => new Supervised(command, watcher));
  return {
    start() {
      for (const member of members) member.start();
    },
    async stop() {
      const polite = await Promise.all(members.map(async (one) => ({ name: one.name, left: await one.stop(STOP_MS) })));
      return polite.filter(({ left }) => !left).map(({ name }) => name);
    },
  };
}
