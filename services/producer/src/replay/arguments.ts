import { parseArgs } from "node:util";

/** How the command is called. */
export interface ReplayArguments {
  readonly file: string;
  readonly url: string;
  readonly pace: { readonly kind: "rate" | "speed"; readonly value: number };
}

export const USAGE = `usage: npm run replay -- --file orders.csv [--rate 500 | --speed 3600] [--url http://127.0.0.1:8010]

  --file   order histories in the public Olist column layout, with its header
  --rate   events per second, in the order of the file (default 500)
  --speed  so many times as fast as it happened, in the order of the original times
  --url    a running producer`;

const BOUNDS = { rate: [0.1, 100_000], speed: [0.001, 1e9] } as const;
const DEFAULT_RATE = 500;

type Outcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

type Given = Readonly<Partial<Record<"file" | "rate" | "speed" | "url", string>>>;

/** The arguments, or in one line what is wrong with them. */
export function readArguments(args: readonly string[]): Outcome<ReplayArguments> {
  const given = parse(args);
  if (!given.ok) return given;
  const { file, url = "http://127.0.0.1:8010" } = given.value;
  if (file === undefined || file === "") return refuse("--file is missing");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    return refuse(`--url must be an http address, not ${JSON.stringify(url)}`);
  const pace = paceOf(given.value);
  return pace.ok ? { ok: true, value: { file, url, pace: pace.value } } : pace;
}

function parse(args: readonly string[]): Outcome<Given> {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { file: text, rate: text, speed: text, url: text } });
    return { ok: true, value: values };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function paceOf({ rate, speed }: Given): Outcome<ReplayArguments["pace"]> {
  if (rate !== undefined && speed !== undefined) return refuse("give --rate or --speed, not both");
  const kind = speed === undefined ? "rate" : "speed";
  const given = speed ?? rate ?? String(DEFAULT_RATE);
  const [min, max] = BOUNDS[kind];
  const value = given.trim() === "" ? Number.NaN : Number(given);
  if (value >= min && value <= max) return { ok: true, value: { kind, value } };
  return refuse(`--${kind} must be a number from ${min} to ${max}, not ${JSON.stringify(given)}`);
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
