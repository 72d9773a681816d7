import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

const LONGEST = 1_000;
const NAME_WIDTH = 10;
const LEVELS: Readonly<Record<number, readonly [name: string, style: Style]>> = {
  10: ["TRACE", "gray"],
  20: ["DEBUG", "gray"],
  30: ["INFO ", "green"],
  40: ["WARN ", "yellow"],
  50: ["ERROR", "red"],
  60: ["FATAL", "red"],
};
const NAME_STYLES: readonly Style[] = ["cyan", "magenta", "blue", "yellow", "green"];
const OMITTED = new Set(["level", "time", "service", "msg", "pid", "hostname", "err"]);

/** The process that holds all services: there each entry says whose it is. */
export const EMBEDDED = "embedded";

/** A line of a service's log for a person: `12:00:01 node-2    INFO  message key=value`. What is no log entry is shown as it is. */
export function readable(name: string, line: string, colour: boolean): string {
  const paint = (style: Style, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const entry = parseEntry(line);
  const shown = name === EMBEDDED ? (entry?.service ?? name) : name;
  const label = paint(styleOf(shown), shown.padEnd(NAME_WIDTH));
  if (entry === undefined) return `${clockOf(undefined)} ${label} ${bounded(printable(line))}`;
  const [level, style] = LEVELS[entry.level] ?? ["?    ", "white"];
  const text = bounded([printable(entry.message), ...entry.fields].join(" "));
  return `${paint("dim", clockOf(entry.time))} ${label} ${paint(style, level)} ${text}${entry.stack}`;
}

interface Entry {
  readonly level: number;
  readonly time: unknown;
  readonly service: string | undefined;
  readonly message: string;
  readonly fields: readonly string[];
  readonly stack: string;
}

function parseEntry(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const read: Record<string, unknown> = JSON.parse(line);
    if (typeof read.level !== "number") return undefined;
    return {
      level: read.level,
      time: read.time,
      service: typeof read.service === "string" ? read.service : undefined,
      message: typeof read.msg === "string" ? read.msg : "",
      fields: Object.entries(read).flatMap(([key, value]) => (OMITTED.has(key) ? [] : [`${key}=${show(value)}`])),
      stack: stackOf(read.err),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An error's own lines, indented below the entry. */
function stackOf(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = typeof stack === "string" ? stack : typeof message === "string" ? message : JSON.stringify(err);
  return text
    .slice(0, 4 * LONGEST)
    .split("\n")
    .map((line) => `\n    ${printable(line.trim())}`)
    .join("");
}

const show = (value: unknown): string =>
  typeof value === "string" && /^[!-~]+$/.test(value) ? value : (JSON.stringify(value) ?? "undefined");

/** Control characters could move a terminal's cursor. */
const printable = (text: string) => text.replace(/\p{Cc}/gu, "�");

const bounded = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function clockOf(time: unknown): string {
  const date = typeof time === "string" || typeof time === "number" ? new Date(time) : new Date();
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toTimeString().slice(0, 8);
}

function styleOf(name: string): Style {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return NAME_STYLES[sum % NAME_STYLES.length] ?? "white";
}
