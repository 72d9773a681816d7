import { describe } from "vitest";
import { openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { fastChecks, onAllThree } from "./three.ts";

/** Of two nodes; four fifths of it is what a recovered node must get. */
const FAIR = 0.5;
const STARVED = { nginx: "it forgets a failure only when a request ends on the node, and a tunnel does not" };

describe("check 12: a recovered node gets its share (10 opens a second for 5 s, all held; slow start 2 s)", () => {
  for (const strategy of ["least-connections", "round-robin"] as const)
    onAllThree(`by ${strategy}`, strategy === "least-connections" ? STARVED : {}, async (name, expect) => {
      await using nodes = await startNodes(2);
      await using subject = await startSubject(name, nodes.all, { ...fastChecks, strategy });
      using tunnels = new Tunnels();
      await tunnels.hold(subject.port, 10);
      await nodes.get("a").kill();
      await openSteadily(subject.port, { everyMs: 100, forMs: 1_500 }, tunnels);
      await nodes.get("a").up();
      await openSteadily(subject.port, { everyMs: 100, forMs: 3_500 }, tunnels);
      const {
        a = 0,
        b = 0,
        none = 0,
      } = tally(await openSteadily(subject.port, { everyMs: 100, forMs: 5_000 }, tunnels));
      expect(none).toBe(0);
      const share = a / (a + b);
      if (name === "nginx" && strategy === "least-connections") expect(share).toBeLessThan(FAIR * 0.5);
      else expect(share).toBeGreaterThanOrEqual(FAIR * 0.8);
    });
});
