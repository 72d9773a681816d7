import { expect, it } from "vitest";
import { readArguments } from "./arguments.ts";

const id = "0123456789ab";

it.each([
  [["list"], { verb: "list", limit: 50, json: false }],
  [["list", "--limit", "7", "--json"], { verb: "list", limit: 7, json: true }],
  [["show", id], { verb: "show", id }],
  [["replay", "--all"], { verb: "replay", ids: "all" }],
  [["drop", id], { verb: "drop", ids: new Set([id]) }],
])("%j is understood", (args, value) => {
  expect(readArguments(args)).toEqual({ ok: true, value });
});

it.each([
  [[], /what shall be done/],
  [["explode"], /no command/],
  [["list", "--limit", "0"], /--limit/],
  [["list", id], /no ids/],
  [["show"], /one id/],
  [["show", "order-1"], /no id/],
  [["replay"], /ids, or --all/],
  [["drop", "--all", id], /ids, or --all/],
  [["drop", "--force"], /force/],
])("%j is refused, and says why", (args, reason) => {
  expect(readArguments(args)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
});
