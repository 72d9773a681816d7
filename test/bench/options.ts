import { parseArgs } from "node:util";
import { CASES, type Case, type Effort, FULL, QUICK } from "./effort.ts";

export const USAGE = `npm run bench -- [--quick] [--only ${CASES.join("|")}] [--rounds N] [--subscribers 1000,5000] [--json FILE] [--profile FOLDER]`;

const MAX_SUBSCRIBERS = 18_000;
const MAX_ROUNDS = 100;

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
      rounds: { type: "string" },
      subscribers: { type: "string" },
      json: { type: "string" },
      profile: { type: "string" },
    },
  });
  const { quick, only, rounds, subscribers, json, profile } = values;
  const effort = quick ? QUICK : FULL;
  const { broadcast } = effort;
  return {
    cases: only === undefined ? CASES : [caseNamed(only)],
    effort: {
      ...effort,
      rounds: rounds === undefined ? effort.rounds : countOf("--rounds", rounds, MAX_ROUNDS),
      broadcast: {
        ...broadcast,
        subscribers: subscribers === undefined ? broadcast.subscribers : audiencesOf(subscribers),
      },
    },
    json,
    profile,
  };
}

function caseNamed(name: string): Case {
  const found = CASES.find((one) => one === name);
  if (found === undefined) throw new Error(`--only must be one of ${CASES.join(", ")}, not ${name}`);
  return found;
}

const audiencesOf = (list: string): readonly number[] =>
  list.split(",").map((text) => countOf("--subscribers", text, MAX_SUBSCRIBERS));

function countOf(option: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new Error(`${option} takes whole numbers from 1 to ${most}, not ${text}`);
}
