import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { operate, TOKEN } from "../testing/operator.ts";
import { type OpsNode, opsNode } from "../testing/ops-node.ts";
import { soon } from "../testing/soon.ts";
import { type Stage, startStage } from "../testing/stage.ts";

const env = {
  BELLWIRE_BALANCER_ADMIN_TOKEN: TOKEN,
  BELLWIRE_API_KEY: "the-key-of-the-tests",
  BELLWIRE_BALANCER_ROSTER_MS: "50",
  BELLWIRE_BALANCER_SLOW_START_MS: "0",
};

/** A client that comes back until the test is over. */
class Returning implements Disposable {
  readonly #url: string;
  #socket: WebSocket | undefined;
  #over = false;

  constructor({ url }: Stage) {
    this.#url = `ws://${url}/connection/websocket`;
  }

  async connect(): Promise<void> {
    if (this.#over) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("close", () => void this.connect());
    await once(socket, "open");
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#socket?.terminate();
  }
}

async function arrange(stage: Stage, count: number, stack: DisposableStack): Promise<void> {
  for (let index = 0; index < count; index += 1) await stack.use(new Returning(stage)).connect();
}
const up = async (stage: Stage) => (await stage.nodes()).filter(({ state }) => state === "up").length;
const carried = async (stage: Stage) => (await stage.nodes()).map(({ active }) => active);

describe("rebalancing", { timeout: 60_000 }, () => {
  it("on demand: a node that joined gets its share, at no more than the pace, and it is said when it is done", async () => {
    await using one = await opsNode("one");
    await using two = await opsNode("two");
    const nodes: OpsNode[] = [one];
    await using stage = await startStage([], env, { roster: async () => nodes.map((node) => node.record()) });
    using stack = new DisposableStack();
    await soon(() => up(stage)).toBe(1);
    await arrange(stage, 20, stack);
    nodes.push(two);
    await soon(() => up(stage)).toBe(2);
    const begun = await operate(stage, "POST /rebalance", { perSecond: 3 });
    expect([begun.status, begun.body]).toEqual([202, expect.objectContaining({ state: "running", perSecond: 3 })]);
    await expect
      .poll(async () => (await operate(stage, "GET /rebalance")).body, { timeout: 40_000 })
      .toMatchObject({ state: "balanced", shed: 10 });
    for (const { perSecond, count, close } of one.orders)
      expect([perSecond <= 3, (count as number) <= 6, close]).toEqual([true, true, "forceReconnect"]);
    expect(await carried(stage)).toEqual([10, 10]);
    expect(two.orders).toEqual([]);
  });

  it("by itself when it is on, and not while nodes are within the tolerance", async () => {
    await using one = await opsNode("one");
    await using two = await opsNode("two");
    const nodes: OpsNode[] = [one];
    await using stage = await startStage(
      [],
      { ...env, BELLWIRE_BALANCER_REBALANCE: "on" },
      {
        roster: async () => nodes.map((node) => node.record()),
      },
    );
    using stack = new DisposableStack();
    await soon(() => up(stage)).toBe(1);
    await arrange(stage, 10, stack);
    nodes.push(two);
    await expect.poll(() => carried(stage), { timeout: 40_000 }).toEqual([5, 5]);
    const orders = one.orders.length;
    await expect
      .poll(async () => (await operate(stage, "GET /rebalance")).body.state, { timeout: 20_000 })
      .toBe("balanced");
    expect(one.orders.length).toBe(orders);
  });

  it("is refused where clients stick to their nodes", async () => {
    await using stage = await startStage([], { ...env, BELLWIRE_BALANCER_STRATEGY: "source-hash" });
    expect((await operate(stage, "POST /rebalance")).status).toBe(409);
  });
});
