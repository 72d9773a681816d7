import { parseArgs } from "node:util";
import type { AfterRestart } from "@bellwire/redis";

export interface Arguments {
  readonly seeds: readonly number[];
  readonly minutes: number;
  readonly clients: number;
  readonly nodes: number;
  readonly afterRedisRestart: AfterRestart;
}

export const USAGE = `npm run chaos -- [--seed N | --seed FIRST-LAST] [--minutes M] [--clients C] [--nodes K] [--after-redis-restart HOW]

  --seed     which plan; several are run one after the other (default: a new one)
  --minutes  how long the storm lasts (default 1)
  --clients  official SDK clients (default 120)
  --nodes    nodes (default 3)
  --after-redis-restart
             the nodes' setting, ask or renew (default ask)

Needs redis-server and rabbitmq-server on this machine. Exit code 0: every balance is even and nothing was found.`;

const BOUNDS = { minutes: [0.05, 120], clients: [2, 2_000], nodes: [2, 12] } as const;

/** Reads the command line; answers what is wrong with it as text. */
export function readArguments(args: readonly string[], newSeed: () => number): Arguments | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      minutes: { type: "string", default: "1" },
      clients: { type: "string", default: "120" },
      nodes: { type: "string", default: "3" },
      "after-redis-restart": { type: "string", default: "ask" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return USAGE;
  const seeds = seedsOf(values.seed ?? String(newSeed()));
  if (seeds === undefined) return `--seed is a whole number or FIRST-LAST\n\n${USAGE}`;
  const numbers = { minutes: Number(values.minutes), clients: Number(values.clients), nodes: Number(values.nodes) };
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = numbers[name as keyof typeof BOUNDS];
    if (!(value >= least && value <= most)) return `--${name} is a number from ${least} to ${most}\n\n${USAGE}`;
  }
  const afterRedisRestart = values["after-redis-restart"];
  if (afterRedisRestart !== "ask" && afterRedisRestart !== "renew")
    return `--after-redis-restart is ask or renew\n\n${USAGE}`;
  return { seeds, ...numbers, afterRedisRestart };
}

function seedsOf(text: string): readonly number[] | undefined {
  const [, first, last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  const from = Number(first);
  const to = Number(last ?? first);
  return to < from || to - from > 1_000 ? undefined : Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
