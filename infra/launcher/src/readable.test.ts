import { expect, it } from "vitest";
import { EMBEDDED, readable } from "./readable.ts";

const entry = (fields: object) => JSON.stringify({ level: 30, time: "2026-01-02T12:00:01.000Z", ...fields });

it("shows time, name, level, message and fields of a log entry", () => {
  const line = readable("node-2", entry({ service: "node", msg: "node serves", port: 8102, note: "two words" }), false);
  expect(line).toMatch(/^\d\d:\d\d:\d\d node-2 {4} INFO {2}node serves port=8102 note="two words"$/);
});

it("takes the name out of the entry where one process holds all services", () => {
  expect(readable(EMBEDDED, entry({ service: "node-3", msg: "hello" }), false)).toContain(" node-3 ");
});

it("shows an error with its stack below the entry", () => {
  const line = readable(
    "producer",
    entry({ level: 50, msg: "failed", err: { stack: "Error: no\n    at here" } }),
    false,
  );
  expect(line.split("\n").slice(1)).toEqual(["    Error: no", "    at here"]);
});

it("shows what is no log entry as it is, without control characters and without end", () => {
  expect(readable("node-1", "plain text", false)).toMatch(/ node-1 {4} plain text$/);
  expect(readable("node-1", "\u001b[2Jgone", false)).toContain("�[2Jgone");
  expect(readable("node-1", '{"level":', false)).toContain('{"level":');
  expect(readable("node-1", "x".repeat(5_000), false).length).toBeLessThan(1_100);
});

it("colours only when asked", () => {
  expect(readable("node-1", entry({ msg: "m" }), true)).toContain("\u001b[");
  expect(readable("node-1", entry({ msg: "m" }), false)).not.toContain("\u001b[");
});
