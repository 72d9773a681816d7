import type { z } from "zod";

/** The longest reason, in characters. */
export const MAX_REASON_LENGTH = 500;

/** Says in plain words what was wrong with `input`, where, and what would be right. */
export function reasonOf(where: string, error: z.ZodError, input: unknown): string {
  const complaints = error.issues.map((issue) => {
    const path = [where, ...issue.path.map(String)].filter((part) => part !== "").join(".");
    const given = issue.path.reduce(valueAt, input);
    if (given === undefined) return `${path} is missing (${expectation(issue)})`;
    return `${path} ${expectation(issue)}, not ${shown(given)}`;
  });
  return bounded(complaints.join("; "));
}

/** Cuts a reason to its bound. */
export function bounded(reason: string): string {
  return reason.length <= MAX_REASON_LENGTH ? reason : `${reason.slice(0, MAX_REASON_LENGTH - 1)}…`;
}

/** A value as it may stand in a reason: short, on one line, never a whole structure. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, MAX_SHOWN) : value) ?? typeof value;
  return typeof value === "string" && value.length > MAX_SHOWN ? `${text} and so on` : text;
}

const MAX_SHOWN = 60;

function expectation(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" && issue.message.startsWith("Invalid input")
    ? `must be a ${issue.expected}`
    : issue.message;
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
