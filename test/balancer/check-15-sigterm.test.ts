import { describe, it } from "vitest";
import { mustBeOpen, open, Tunnels } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { startSubject } from "./subjects/start.ts";
import { Talk } from "./talk.ts";

const HARD_STOP_MS = 2_000;

describe("check 15: SIGTERM to our balancer (one process; a hard stop after 2 s)", () => {
  it("it takes nobody new, its tunnels live until the hard stop, and it exits 0", async ({ expect }) => {
    await using nodes = await startNodes(2);
    await using subject = await startSubject("ours", nodes.all, {
      env: { BELLWIRE_BALANCER_DRAIN_MS: String(HARD_STOP_MS) },
    });
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, 10);
    const talk = new Talk(tunnels.all, 100);
    const startedAt = performance.now();
    const exit = subject.process.signal("SIGTERM");
    await expect.poll(async () => (await open(subject.port)).kind, { timeout: 1_500, interval: 50 }).toBe("failed");
    const before = talk.echoes;
    await expect.poll(() => talk.echoes, { timeout: 1_500 }).toBeGreaterThan(before);
    expect(await exit).toBe(0);
    talk.stop();
    expect(performance.now() - startedAt).toBeGreaterThan(HARD_STOP_MS * 0.8);
    expect(performance.now() - startedAt).toBeLessThan(HARD_STOP_MS + 3_000);
    await expect
      .poll(() => tunnels.all.every(({ socket }) => socket.readyState === socket.CLOSED), { timeout: 5_000 })
      .toBe(true);
  });

  it("with nothing open it exits 0 at once", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, { env: { BELLWIRE_BALANCER_DRAIN_MS: "30000" } });
    mustBeOpen(await open(subject.port)).socket.terminate();
    const startedAt = performance.now();
    expect(await subject.process.signal("SIGTERM")).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
