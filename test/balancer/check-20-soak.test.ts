import { describe, it } from "vitest";
import { soak } from "./soak/soak.ts";
import { judge } from "./soak/verdict.ts";

/** Counts are exact at any size; how memory behaves only the long run can tell, and speed only a quiet machine. */
const LENIENT = { growth: Number.POSITIVE_INFINITY, loopMs: 1_000, addedMs: 100, scrapeMs: 1_000 };

describe("check 20: soak of our balancer (400 tunnels for 12 s; the whole of it is npm run soak:balancer)", () => {
  it("descriptors are two for each tunnel and a constant, every open and end is counted, nothing is left", async ({
    expect,
  }) => {
    const plan = { tunnels: 400, forMs: 12_000, warmUpMs: 4_000, sampleEveryMs: 1_000 };
    const figures = await soak({ ...plan, opensPerSecond: 50, everyMs: 2_500 }, () => undefined);
    const off = judge(figures, LENIENT).filter(({ ok }) => !ok);
    expect(off, JSON.stringify([figures.crowd.failures, figures.warnings], null, 1)).toEqual([]);
    expect(figures.crowd.opened).toBeGreaterThan(800);
    expect(figures.crowd.messages).toBeGreaterThan(1_000);
  });
});
