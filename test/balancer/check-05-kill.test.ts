import { describe } from "vitest";
import { openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { changesOf, metricOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { Talk } from "./talk.ts";
import { onAllThree } from "./three.ts";

const TUNNELS = 60;

describe("check 5: kill -9 a node mid-traffic (60 tunnels with 10 messages a second each for two shared cores)", () => {
  onAllThree("its clients hear at once, the others lose nothing, no open fails", {}, async (name, expect) => {
    await using nodes = await startNodes(3);
    await using subject = await startSubject(name, nodes.all, {
      env: { BELLWIRE_BALANCER_CHECK_INTERVAL_MS: "500", BELLWIRE_BALANCER_CHECK_FAST_MS: "250" },
    });
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, TUNNELS);
    expect(await nodes.open()).toEqual([20, 20, 20]);
    const talk = new Talk(tunnels.all, 100);
    await expect.poll(() => talk.echoes, { timeout: 10_000 }).toBeGreaterThan(TUNNELS * 3);

    const killed = tunnels.on("a");
    const endings = killed.map(
      ({ socket }) => new Promise<number>((resolve) => socket.on("close", () => resolve(performance.now()))),
    );
    const killedAt = performance.now();
    await nodes.get("a").kill();
    const opens = await openSteadily(subject.port, { everyMs: 50, forMs: 3_000 });
    const waits = (await Promise.all(endings)).map((at) => at - killedAt).toSorted((one, two) => one - two);
    // Long before any health check; the check's 100 ms are for cores that are not shared.
    expect(waits[waits.length / 2]).toBeLessThan(500);
    expect(waits.at(-1)).toBeLessThan(3_000);
    expect(tally(opens)).toEqual({ b: expect.any(Number), c: expect.any(Number) });

    talk.stop();
    const others = tunnels.all.filter(({ node }) => node !== "a");
    await expect.poll(() => talk.unanswered(others), { timeout: 10_000 }).toBe(0);
    expect(others.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);

    if (name === "ours") {
      expect(await metricOf(subject, 'bellwire_balancer_attempts_failed_total{fault="refused"}')).toBeLessThanOrEqual(
        1,
      );
      const lines = changesOf(subject).filter(({ to }) => to === "suspect" || to === "down");
      // The node's first word at the start, the refused connect, and at last the checks: each once.
      expect(lines.filter(({ to }) => to === "suspect").length).toBeLessThanOrEqual(1);
      expect(lines.length).toBeLessThanOrEqual(3 + 2);
    }
    if (name === "haproxy")
      expect(subject.process.output.filter((line) => line.startsWith("Server nodes/a is DOWN"))).toHaveLength(1);
  });
});
