import { parseArgs } from "node:util";
import { CASES, type Case, type Effort, FULL, QUICK } from "./effort.ts";

export const USAGE = `npm run bench -- [--quick] [--only ${CASES.join("|")}] [--subscribers 1000,5000] [--json FILE] [--profile FOLDER]`;

const MAX_SUBSCRIBERS = 18_000;

export interface Options {
  readonly cases: readonly Case[];
  readonly effort: Effort;
  readonly json: string | undefined;
  /** Where the nodes write their CPU profiles. */
  readonly profile: string | undefined;
}

/** Reads the command line; throws an Error that says what was wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      subscribers: { type: "string" },
      json: { type: "string" },
      profile: { type: "string" },
    },
  });
  const { quick, only, subscribers, json, profile } = values;
  const effort = quick ? QUICK : FULL;
  return {
    cases: only === undefined ? CASES : [caseNamed(only)],
    effort:
      subscribers === undefined
        ? effort
        : { ...effort, broadcast: { ...effort.broadcast, subscribers: subscribers.split(",").map(countOf) } },
    json,
    profile,
  };
}

function caseNamed(name: string): Case {
  const found = CASES.find((one) => one === name);
  if (found === undefined) throw new Error(`--only must be one of ${CASES.join(", ")}, not ${name}`);
  return found;
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_SUBSCRIBERS) return count;
  throw new Error(`--subscribers must be whole numbers from 1 to ${MAX_SUBSCRIBERS}, not ${text}`);
}
