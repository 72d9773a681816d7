import { describe } from "vitest";
import { open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { descriptors } from "./process-cost.ts";
import { startSubject } from "./subjects/start.ts";
import { fastChecks, onAllThree } from "./three.ts";

const OPENS = 40;

describe("check 10: all nodes are down", () => {
  onAllThree(
    "503 with a spread Retry-After at once, nothing piles up, and the first node back serves",
    { nginx: "cannot say that it is not ready; its own 502 becomes a 503 by error_page" },
    async (name, expect) => {
      await using nodes = await startNodes(2);
      await using subject = await startSubject(name, nodes.all, fastChecks);
      const status = async (path: string) => (await fetch(`http://127.0.0.1:${subject.adminPort}${path}`)).status;
      await Promise.all(nodes.all.map((node) => node.kill()));
      if (name !== "nginx") {
        await expect.poll(() => status("/ready"), { timeout: 10_000 }).toBe(503);
        expect(await status("/live")).toBe(200);
      }

      const held = () => descriptors(subject.process.pid);
      const before = await held();
      const outcomes = [];
      for (let opens = 0; opens < OPENS; opens++) outcomes.push(await open(subject.port));
      expect(outcomes.filter((outcome) => outcome.kind === "refused" && outcome.status === 503)).toHaveLength(OPENS);
      const retries = outcomes.map((outcome) => (outcome.kind === "refused" ? Number(outcome.retryAfter) : 0));
      expect(Math.min(...retries)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...retries)).toBeLessThanOrEqual(4);
      expect(new Set(retries).size).toBeGreaterThan(1);
      // The whole round trip with our client; the check's 10 ms are for cores that are not shared.
      expect(outcomes.map(({ ms }) => ms).toSorted((one, two) => one - two)[OPENS / 2]).toBeLessThan(100);
      // A check under way may hold some; what piled up would be one or two for each open.
      await expect.poll(held, { timeout: 10_000 }).toBeLessThanOrEqual(before + OPENS / 4);

      await nodes.get("b").up();
      await expect.poll(async () => (await open(subject.port)).kind, { timeout: 5_000, interval: 100 }).toBe("open");
      if (name !== "nginx") await expect.poll(() => status("/ready"), { timeout: 5_000 }).toBe(200);
    },
  );
});
