import { describe, it } from "vitest";
import { type Outcome, open, openSteadily, Tunnels, tally } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { operate, TOKEN } from "./operator.ts";
import { nodesOf } from "./subjects/ours.ts";
import { startSubject } from "./subjects/start.ts";

const HELD = 1_000;
const SLOW_START_MS = 6_000;
const PHASES = 3;
/** A node may have twice its fair share, and so it may have every client once half of its weight is as much as others' all. */
const capAt = (warmth: number) => Math.min(1, (2 * warmth) / (1 + warmth));

describe("check 13: a node joins by API beside a full one (1,000 tunnels on it, 20 opens a second, slow start 6 s)", () => {
  it("its share of the opens grows over the slow start and stays below the cap, no open fails, and it has every open after", async ({
    expect,
  }) => {
    await using nodes = await startNodes(2);
    const [a, b] = [nodes.get("a"), nodes.get("b")];
    await using subject = await startSubject("ours", [a], {
      env: { BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN, BELLWIRE_BALANCER_SLOW_START_MS: String(SLOW_START_MS) },
    });
    using tunnels = new Tunnels();
    await tunnels.hold(subject.port, HELD, 50);
    const address = `127.0.0.1:${b.port}`;
    const added = await operate(subject.adminPort, "POST /nodes", { address });
    expect([added.status, added.body]).toEqual([201, expect.objectContaining({ id: address, weight: 1 })]);
    expect((await operate(subject.adminPort, "POST /nodes", { address })).status).toBe(200);
    await expect
      .poll(async () => (await nodesOf(subject)).map(({ state }) => state), { interval: 20 })
      .toEqual(["up", "up"]);

    const warmth = async () => (await operate(subject.adminPort, `GET /nodes/${address}`)).body.warmth / 100;
    const shares: number[] = [];
    for (let phase = 0; phase < PHASES; phase++) {
      const opened = tally(await openSteadily(subject.port, { everyMs: 50, forMs: SLOW_START_MS / PHASES }, tunnels));
      expect(opened.none).toBeUndefined();
      const { a: old = 0, b: joined = 0 } = opened;
      shares.push(joined / (old + joined));
      expect(shares.at(-1)).toBeLessThanOrEqual(capAt(await warmth()) + 0.1);
    }
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(shares[0]).toBeLessThan(0.6);
    await expect.poll(warmth, { timeout: 10_000 }).toBe(1);
    const after: Outcome[] = [];
    for (let opened = 0; opened < 20; opened++) after.push(await open(subject.port));
    for (const outcome of after) if (outcome.kind === "open") tunnels.all.push(outcome);
    expect(tally(after)).toEqual({ b: 20 });

    for (const { socket } of tunnels.all) socket.terminate();
    await expect
      .poll(async () => (await nodesOf(subject)).map(({ active }) => active), { timeout: 15_000 })
      .toEqual([0, 0]);
    await expect.poll(() => nodes.open(), { timeout: 15_000 }).toEqual([0, 0]);
  });
});
