import { describe } from "vitest";
import { openSteadily, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { changesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { fastChecks, onAllThree } from "./three.ts";

const FLAPS = 3;
const HALF_MS = 1_000;

describe("check 9: a flapping node (1 s up, 1 s down, three times; 20 opens a second)", () => {
  onAllThree("no open fails, and the log stays short", {}, async (name, expect) => {
    await using nodes = await startNodes(2);
    await using subject = await startSubject(name, nodes.all, fastChecks);
    const flapping = nodes.get("a");
    const before = changesOf(subject).length;
    for (let flap = 0; flap < FLAPS; flap++) {
      await flapping.kill();
      const down = await openSteadily(subject.port, { everyMs: 50, forMs: HALF_MS });
      await flapping.up();
      const up = await openSteadily(subject.port, { everyMs: 50, forMs: HALF_MS });
      expect(tally([...down, ...up])).not.toHaveProperty("none");
    }
    // Each flap: in doubt, down, up.
    if (name === "ours") expect(changesOf(subject).length - before).toBeLessThanOrEqual(FLAPS * 3);
    if (name === "haproxy")
      expect(subject.process.output.filter((line) => /^Server .* is (UP|DOWN)/.test(line)).length).toBeLessThanOrEqual(
        FLAPS * 2,
      );
  });
});
