import { type DeadLetter, type DeadQueue, openDeadQueue } from "@bellwire/rabbitmq";
import { ConfigError, list, readEnv } from "@bellwire/runtime";
import { z } from "zod";
import { type Order, readArguments, USAGE } from "./arguments.ts";
import { lineOf, summaryOf, wholeOf } from "./text.ts";

const START_TIMEOUT_MS = 10_000;

const given = readArguments(process.argv.slice(2));
if (given.ok) process.exitCode = await carryOut(given.value);
else {
  console.error(`${given.reason}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function carryOut(order: Order): Promise<number> {
  try {
    const { BELLWIRE_AMQP_URL: urls, BELLWIRE_PREFIX: prefix } = readEnv(process.env, {
      BELLWIRE_AMQP_URL: list("amqp://guest:guest@127.0.0.1:5672"),
      BELLWIRE_PREFIX: z
        .string()
        .regex(/^[A-Za-z0-9_.-]{1,64}$/)
        .default("bellwire"),
    });
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    await using dead = await openDeadQueue({ urls, prefix, log: quiet, startTimeoutMs: START_TIMEOUT_MS });
    return await perform(dead, order);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    return error instanceof ConfigError ? 2 : 1;
  }
}

/** Resolves to the exit code. */
function perform(dead: DeadQueue, order: Order): Promise<number> {
  switch (order.verb) {
    case "list":
      return tell(dead, order);
    case "show":
      return show(dead, order.id);
    case "replay":
    case "drop":
      return change(dead, order);
    default:
      return order satisfies never;
  }
}

async function tell(dead: DeadQueue, { limit, json }: Extract<Order, { verb: "list" }>): Promise<number> {
  const letters: ReturnType<typeof summaryOf>[] = [];
  const { seen, unseen } = await dead.walk(limit, (letter) => {
    letters.push(summaryOf(letter));
    return "keep";
  });
  if (json) console.log(JSON.stringify(letters, null, 2));
  else {
    for (const letter of letters) console.log(lineOf(letter));
    console.log(`${seen} events${unseen > 0 ? `, and ${unseen} more behind them` : ""}`);
  }
  return 0;
}

async function show(dead: DeadQueue, id: string): Promise<number> {
  let found: DeadLetter | undefined;
  await dead.walk(Number.POSITIVE_INFINITY, (letter) => {
    if (letter.id === id) found ??= letter;
    return "keep";
  });
  if (found === undefined) return missing([id]);
  console.log(wholeOf(found));
  return 0;
}

async function change(dead: DeadQueue, { verb, ids }: Extract<Order, { verb: "replay" | "drop" }>): Promise<number> {
  const met = new Set<string>();
  const { replayed, dropped } = await dead.walk(Number.POSITIVE_INFINITY, ({ id }) => {
    if (ids !== "all" && !ids.has(id)) return "keep";
    met.add(id);
    return verb;
  });
  console.log(verb === "replay" ? `${replayed} events put back` : `${dropped} events deleted`);
  return ids === "all" ? 0 : missing([...ids].filter((id) => !met.has(id)));
}

/** The exit code. */
function missing(ids: readonly string[]): number {
  for (const id of ids) console.error(`${id} is not among the dead events`);
  return ids.length > 0 ? 1 : 0;
}
