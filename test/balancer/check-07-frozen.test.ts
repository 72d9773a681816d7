import { describe } from "vitest";
import { open, openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { fastChecks, onAllThree } from "./three.ts";

const TUNNELS = 20;
const SHED_PER_SECOND = 5;
/** Ten tunnels at that pace take two seconds; half of it is what must be seen. */
const PACED_MS = 1_000;

describe("check 7: a frozen node (SIGSTOP; 20 tunnels and checks every half second for two shared cores)", () => {
  onAllThree(
    "goes down, opens go elsewhere, its tunnels are closed, and it comes back",
    {
      nginx: "asks no node how it is, so opens wait on the frozen one and its tunnels stay, silent",
      haproxy: "closes its tunnels all at once",
    },
    async (name, expect) => {
      await using nodes = await startNodes(2);
      await using subject = await startSubject(name, nodes.all, {
        ...fastChecks,
        env: { ...fastChecks.env, BELLWIRE_BALANCER_SHED_PER_SECOND: String(SHED_PER_SECOND) },
        strategy: "round-robin",
      });
      using tunnels = new Tunnels();
      await tunnels.hold(subject.port, TUNNELS);
      expect(await nodes.open()).toEqual([TUNNELS / 2, TUNNELS / 2]);
      const closed = () => tunnels.on("a").filter(({ socket }) => socket.readyState === socket.CLOSED).length;
      const closedAt: number[] = [];
      for (const { socket } of tunnels.on("a")) socket.on("close", () => closedAt.push(performance.now()));
      nodes.get("a").freeze();

      if (name === "nginx") {
        const outcomes = await Promise.all([1, 2, 3, 4].map(() => open(subject.port, { timeoutMs: 4_000 })));
        expect(tally(outcomes)).toEqual({ b: 2, none: 2 });
        expect(closed()).toBe(0);
        nodes.get("a").thaw();
        return;
      }
      const down = async () =>
        name === "ours"
          ? (await nodesOf(subject))[0]?.state === "down"
          : subject.process.output.some((line) => line.startsWith("Server nodes/a is DOWN"));
      await expect.poll(down, { timeout: 10_000 }).toBe(true);
      await expect.poll(closed, { timeout: 5_000 }).toBe(TUNNELS / 2);
      const spread = Math.max(...closedAt) - Math.min(...closedAt);
      if (name === "ours") expect(spread).toBeGreaterThan(PACED_MS);

      expect(tally(await openSteadily(subject.port, { everyMs: 50, forMs: 500 }))).toEqual({ b: expect.any(Number) });
      nodes.get("a").thaw();
      await expect
        .poll(async () => tally(await openSteadily(subject.port, { everyMs: 50, forMs: 500 })), { timeout: 15_000 })
        .toMatchObject({ a: expect.any(Number) });
      expect(tunnels.on("b").every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
    },
  );
});
