import { describe } from "vitest";
import { Tunnels } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { descriptors } from "./process-cost.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const WEIGHTS = [1, 1, 2];
const HELD = 120;
const CHANGED = 20;

describe("check 2: least connections count truly (weights 1, 1, 2; 120 tunnels for two shared cores)", () => {
  onAllThree("connections by weight stay within one of each other", {}, async (name, expect) => {
    await using nodes = await startNodes(3, WEIGHTS);
    await using subject = await startSubject(name, nodes.all);
    const before = await descriptors(subject.process.pid);
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, HELD);
    // Unevenly, so that only counting puts it right.
    const leaving = new Set([...tunnels.on("a").slice(0, CHANGED / 2), ...tunnels.on("c").slice(0, CHANGED / 2)]);
    for (const { socket } of leaving) socket.terminate();
    const held = async () => (await nodes.open()).reduce((sum, open) => sum + open, 0);
    await expect.poll(held, { timeout: 10_000 }).toBe(HELD - CHANGED);
    if (name === "ours")
      await expect
        .poll(async () => (await nodesOf(subject)).reduce((sum, { active }) => sum + active, 0), { timeout: 10_000 })
        .toBe(HELD - CHANGED);
    await tunnels.hold(subject.port, CHANGED);
    const loads = (await nodes.open()).map((open, index) => open / (WEIGHTS[index] ?? 1));
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);

    for (const { socket } of tunnels.all) socket.terminate();
    await expect.poll(held, { timeout: 10_000 }).toBe(0);
    if (name !== "ours") return;
    await expect
      .poll(async () => (await nodesOf(subject)).map(({ active }) => active), { timeout: 10_000 })
      .toEqual([0, 0, 0]);
    // A health check or a scrape may be under way.
    await expect.poll(() => descriptors(subject.process.pid), { timeout: 15_000 }).toBeLessThanOrEqual(before + 2);
  });
});
