import { expect, it } from "vitest";
import { readArguments } from "./arguments.ts";
import { duration, meterLine } from "./meter.ts";

it.each([
  [[], /--file is missing/],
  [["--file", "a", "--rate", "1", "--speed", "2"], /not both/],
  [["--file", "a", "--rate", "0"], /--rate must be a number from 0.1 to 100000, not "0"/],
  [["--file", "a", "--speed", "fast"], /--speed must be a number/],
  [["--file", "a", "--url", "ftp://x"], /--url must be an http address/],
  [["--file", "a", "--fiel", "b"], /--fiel/],
  [["a.csv"], /a\.csv/],
])("refuses %j in one line", (args, reason) => {
  expect(readArguments(args)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
});

it("takes 500 events a second and the usual address where nothing else is said", () => {
  const value = { file: "a", url: "http://127.0.0.1:8010", pace: { kind: "rate", value: 500 } };
  expect(readArguments(["--file", "a"])).toEqual({ ok: true, value });
  expect(readArguments(["--file", "a", "--speed", "3600"])).toMatchObject({
    value: { pace: { kind: "speed", value: 3600 } },
  });
});

it("shows a bar with rate and remaining time", () => {
  expect(meterLine({ position: 1_500, total: 3_000, rate: 499.6, remainingMs: 3_000 })).toBe(
    "[###############...............]  50 % 1,500/3,000 events 500/s 3 s left",
  );
  expect([400, 90_000, 7_260_000, 90_000_000].map(duration)).toEqual(["1 s", "1 min 30 s", "2 h 1 min", "1 d 1 h"]);
});
