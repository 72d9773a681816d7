import { parseArgs } from "node:util";

/** Letters that are looked at where nothing else is said, and at most. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;

/** What the operator wants. */
export type Order =
  | { readonly verb: "list"; readonly limit: number; readonly json: boolean }
  | { readonly verb: "show"; readonly id: string }
  | { readonly verb: "replay" | "drop"; readonly ids: ReadonlySet<string> | "all" };

export const USAGE = `usage: npm run dead -- list [--limit ${DEFAULT_LIMIT}] [--json]
       npm run dead -- show ID
       npm run dead -- replay ID… | --all
       npm run dead -- drop ID… | --all

  list    the events in bellwire.dead, the oldest first, with the reason of each; nothing is taken out
  show    one of them with its headers and body
  replay  puts events back to where shops publish; each leaves bellwire.dead when RabbitMQ has confirmed that
  drop    deletes events

The broker is BELLWIRE_AMQP_URL (several separated by commas), the cluster's prefix BELLWIRE_PREFIX.`;

type Outcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

/** The order, or in one line what is wrong with it. */
export function readArguments(args: readonly string[]): Outcome<Order> {
  const given = parse(args);
  if (!given.ok) return given;
  const { values, positionals } = given.value;
  const [verb = "", ...ids] = positionals;
  const bad = ids.find((id) => !/^[0-9a-f]{12}$/.test(id));
  if (bad !== undefined) return refuse(`${JSON.stringify(bad)} is no id: take one from the list`);
  const read = VERBS[verb];
  return read?.(ids, values) ?? refuse(verb === "" ? "what shall be done?" : `${JSON.stringify(verb)} is no command`);
}

interface Given {
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly limit?: string | undefined;
}

const VERBS: Readonly<Record<string, (ids: readonly string[], given: Given) => Outcome<Order>>> = {
  list: (ids, { all, json = false, limit }) =>
    ids.length > 0 || all ? refuse("list takes no ids") : listing(json, limit),
  show: ([id, ...more], { all, ...listed }) =>
    id === undefined || more.length > 0 || all || areGiven(listed)
      ? refuse("show takes one id")
      : { ok: true, value: { verb: "show", id } },
  replay: (ids, given) => changing("replay", ids, given),
  drop: (ids, given) => changing("drop", ids, given),
};

const areGiven = (listed: Omit<Given, "all">): boolean => Object.values(listed).some((value) => value !== undefined);

function changing(verb: "replay" | "drop", ids: readonly string[], { all = false, ...listed }: Given): Outcome<Order> {
  return all === ids.length > 0 || areGiven(listed)
    ? refuse(`${verb} takes ids, or --all`)
    : { ok: true, value: { verb, ids: all ? "all" : new Set(ids) } };
}

function listing(json: boolean, given: string | undefined): Outcome<Order> {
  const limit = Number(given ?? DEFAULT_LIMIT);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT
    ? { ok: true, value: { verb: "list", limit, json } }
    : refuse(`--limit must be a whole number from 1 to ${MAX_LIMIT}`);
}

function parse(args: readonly string[]) {
  const options = { limit: { type: "string" }, json: { type: "boolean" }, all: { type: "boolean" } } as const;
  try {
    return { ok: true, value: parseArgs({ args: [...args], options, allowPositionals: true }) } as const;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
