import { connect } from "node:net";
import { describe, it } from "vitest";
import { Tunnels } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { residentKb } from "./process-cost.ts";
import { exchange, upgradeText } from "./raw-client.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import type { Subject } from "./subjects/subject.ts";

const active = async (subject: Subject) => (await nodesOf(subject)).reduce((sum, node) => sum + node.active, 0);

/** Sends `text` and resets: at once, or once something has come back. */
const reset = (port: number, text: string, when: "sent" | "answered"): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const leave = () => socket.resetAndDestroy();
    socket.on("close", () => resolve());
    socket.on("error", () => undefined);
    socket.write(text, () => when === "sent" && leave());
    if (when === "answered") socket.once("data", leave);
  });

describe("check 19: slow and hostile clients of our balancer", () => {
  it.concurrent("one byte every half second is answered 408 at 5 s, give or take one", async ({ expect }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all);
    const { statuses, ms } = await exchange(subject.port, [...upgradeText()], { pauseMs: 500, withinMs: 15_000 });
    expect(statuses).toEqual([408]);
    expect(ms).toBeGreaterThan(4_000);
    // A second more than the check's, for two shared cores.
    expect(ms).toBeLessThan(7_000);
  });

  it.concurrent("a client that never reads 200 MB costs little memory and is closed at the stall limit", async ({
    expect,
  }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, { env: { BELLWIRE_BALANCER_STALL_MS: "2000" } });
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, 1);
    const before = await residentKb(subject.process.pid);
    const [asleep] = tunnels.all;
    asleep?.socket.pause();
    asleep?.socket.send(Buffer.from("200"));
    const sizes: number[] = [];
    await expect
      .poll(
        async () => {
          sizes.push(await residentKb(subject.process.pid));
          return active(subject);
        },
        { timeout: 20_000, interval: 100 },
      )
      .toBe(0);
    expect(Math.max(...sizes) - before).toBeLessThan(10_000);
  });

  it.concurrent("1,000 resets right after the request and 1,000 right after the 101 leave nothing", async ({
    expect,
  }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all);
    for (const when of ["sent", "answered"] as const)
      for (let done = 0; done < 1_000; done += 20)
        await Promise.all(Array.from({ length: 20 }, () => reset(subject.port, upgradeText(), when)));
    await expect.poll(() => active(subject), { timeout: 10_000 }).toBe(0);
    await expect.poll(async () => (await nodes.get("a").report()).open, { timeout: 10_000 }).toBe(0);
    expect(subject.process.running).toBe(true);
  });

  it.concurrent("clients that end while their node is frozen leave nothing after the linger limit", async ({
    expect,
  }) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject("ours", nodes.all, { env: { BELLWIRE_BALANCER_LINGER_MS: "1000" } });
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, 20);
    nodes.get("a").freeze();
    for (const { socket } of tunnels.all) socket.terminate();
    await expect.poll(() => active(subject), { timeout: 10_000 }).toBe(0);
    nodes.get("a").thaw();
  });
});
