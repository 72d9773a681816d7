import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { echoNode } from "../testing/nodes.ts";
import { connectRaw, upgradeText } from "../testing/raw-client.ts";
import { soon } from "../testing/soon.ts";

const DRAIN_MS = 5_000;

/** Opens one tunnel after another until it is told to stop. */
class Opener {
  readonly failures: string[] = [];
  opened = 0;
  #over = false;
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#running = this.#run(url);
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #run(url: string): Promise<void> {
    while (!this.#over) {
      const socket = new WebSocket(url);
      try {
        await once(socket, "open");
        this.opened += 1;
        socket.terminate();
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }
}

describe("two balancers on one port", { timeout: 60_000 }, () => {
  it("one hands over: no connect is refused, its tunnels live to the drain limit, and it exits 0 in time", async () => {
    await using node = await echoNode();
    const env = {
      BELLWIRE_BALANCER_NODES: node.address,
      BELLWIRE_BALANCER_CHECK_INITIAL: "up",
      BELLWIRE_BALANCER_REUSE_PORT: "true",
      BELLWIRE_BALANCER_DRAIN_MS: String(DRAIN_MS),
      BELLWIRE_BALANCER_ADDRESS_OPENS_PER_SECOND: "0",
    };
    await using leaving = await BalancerProcess.start({ ...env, BELLWIRE_BALANCER_PORT: "0" });
    await using staying = await BalancerProcess.start({ ...env, BELLWIRE_BALANCER_PORT: String(leaving.port) });
    const url = `ws://127.0.0.1:${staying.port}/connection/websocket`;
    const sockets = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = new WebSocket(url);
        await once(socket, "open");
        return socket;
      }),
    );
    const activeOn = async ({ adminPort }: BalancerProcess) => {
      const answer = await fetch(`http://127.0.0.1:${adminPort}/nodes`);
      const { nodes } = (await answer.json()) as { nodes: { active: number }[] };
      return nodes[0]?.active ?? 0;
    };
    const [there, here] = [await activeOn(leaving), await activeOn(staying)];
    expect([there > 0, here > 0, there + here]).toEqual([true, true, 40]);

    const closedAt: number[] = [];
    for (const socket of sockets) socket.once("close", () => closedAt.push(performance.now()));
    const openers = [new Opener(url), new Opener(url)];
    await soon(() => openers.every(({ opened }) => opened > 20)).toBe(true);
    using early = new DisposableStack();
    const silent = Array.from({ length: 20 }, () => early.use(connectRaw(staying.port)));
    await Promise.all(silent.map(({ socket }) => once(socket, "connect")));
    // An answer of each shows that it has been round its loop, and so has taken what the kernel had for it.
    for (const _ of [1, 2]) await Promise.all([activeOn(leaving), activeOn(staying)]);
    const signalledAt = performance.now();
    const stopped = leaving.stop();
    await soon(async () => (await fetch(`http://127.0.0.1:${leaving.adminPort}/ready`)).status).toBe(503);
    for (const client of silent) client.send(upgradeText());
    await soon(() => silent.filter(({ received }) => received.includes(" 101 ")).length).toBe(silent.length);
    for (const { socket } of silent) socket.destroy();
    const code = await stopped;
    const tookMs = performance.now() - signalledAt;
    const openedBefore = openers.map(({ opened }) => opened);
    await soon(() => openers.every(({ opened }, index) => opened > (openedBefore[index] ?? 0) + 20)).toBe(true);
    await Promise.all(openers.map((opener) => opener.stop()));

    // What the kernel had queued for the listener in the moment of its closing may be reset: at most one open each.
    const failures = openers.flatMap((opener) => opener.failures);
    expect(failures.filter((failure) => !/ECONNRESET|hang up/.test(failure))).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(openers.length);
    expect([code, tookMs < DRAIN_MS + 1_000]).toEqual([0, true]);
    await soon(() => closedAt.length).toBe(there);
    for (const at of closedAt) expect(at - signalledAt).toBeGreaterThan(DRAIN_MS - 100);
    const alive = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
    for (const socket of alive) {
      socket.send("still here");
      await once(socket, "message");
      socket.terminate();
    }
    expect(alive).toHaveLength(here);
  });
});
