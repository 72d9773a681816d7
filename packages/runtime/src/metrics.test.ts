import { readdirSync } from "node:fs";
import { release } from "node:os";
import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

/** Linux tells the number of open files since 6.2. */
const tells = process.platform === "linux" && Number.parseFloat(release()) >= 6.2;

it("counts open files without a list of them, and walks no handles", async () => {
  const text = await createMetrics({ processMetrics: true }).metrics();
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds ");
  expect(text).not.toContain("nodejs_active");
  const told = /^process_open_fds (\d+)$/m.exec(text)?.[1];
  if (!tells) return;
  expect(Math.abs(Number(told) - readdirSync("/proc/self/fd").length)).toBeLessThan(5);
});

it("has no metrics of the process where several services share it", async () => {
  expect(await createMetrics({ processMetrics: false }).metrics()).toBe("\n");
});
