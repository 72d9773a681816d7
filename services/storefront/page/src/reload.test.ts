import { describe, expect, it } from "vitest";
import { Reload } from "./reload.ts";

function arrange() {
  const loads: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const pauses: { ms: number; task: () => void; cancelled: boolean }[] = [];
  const failures: unknown[] = [];
  const reload = new Reload({
    load: () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      loads.push({ resolve, reject });
      return promise;
    },
    onFailure: (error) => failures.push(error),
    after: (ms, task) => {
      const pause = { ms, task, cancelled: false };
      pauses.push(pause);
      return () => {
        pause.cancelled = true;
      };
    },
    random: () => 1,
  });
  return { reload, loads, pauses, failures };
}

describe("a reload", () => {
  it("runs once more for everything that was asked for while it ran", async () => {
    const { reload, loads } = arrange();
    for (let times = 0; times < 3; times += 1) reload.request();
    expect(loads).toHaveLength(1);
    loads[0]?.resolve();
    await expect.poll(() => loads.length).toBe(2);
    loads[1]?.resolve();
    reload.request();
    await expect.poll(() => loads.length).toBe(3);
  });

  it("is tried again after a failure, with growing pauses up to a bound", async () => {
    const { reload, loads, pauses, failures } = arrange();
    reload.request();
    for (let index = 0; index < 8; index += 1) {
      loads[index]?.reject(new Error("away"));
      await expect.poll(() => pauses.length).toBe(index + 1);
      pauses[index]?.task();
    }
    expect(failures).toHaveLength(8);
    expect(pauses.map(({ ms }) => ms)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it("does nothing once closed", async () => {
    const { reload, loads, pauses, failures } = arrange();
    reload.request();
    loads[0]?.reject(new Error("away"));
    await expect.poll(() => failures.length).toBe(1);
    reload.close();
    reload.request();
    expect(pauses[0]?.cancelled).toBe(true);
    expect(loads).toHaveLength(1);
  });
});
