import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { Shop } from "../cluster/shop.ts";

const EXAMPLES = join(import.meta.dirname, "subscribe");
const SOON = { timeout: 20_000, interval: 50 };

const [backend] = inject("backends");
let cluster: Cluster;
let shop: Shop;
beforeAll(async () => {
  if (backend === undefined) throw new Error("no backend");
  cluster = await Cluster.start(backend, { nodes: 1 });
  shop = await Shop.open(cluster);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

/** A program while it runs, and what it has said. */
class Program implements AsyncDisposable {
  said = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk) => {
        this.said += chunk;
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}

/** Subscribers of `user` on this cluster. */
const subscribers = (user: string) =>
  cluster.api<{ readonly nodes: readonly { readonly num_subs: number }[] }>("info", {}).then(({ result }) => {
    if (result === undefined) throw new Error(`no answer about ${user}`);
    return result.nodes.reduce((sum, { num_subs }) => sum + num_subs, 0);
  });

describe("the program", () => {
  it("for a plain WebSocket prints an order's steps as they come", async () => {
    const env = { BELLWIRE_URL: cluster.websocketUrl, BELLWIRE_TOKEN: await cluster.token("wendy") };
    await using program = new Program(process.execPath, [join(EXAMPLES, "websocket/orders.mjs"), "wendy"], env);
    await expect.poll(() => subscribers("wendy"), SOON).toBe(1);
    for (const [index, status] of ["placed", "approved"].entries())
      await shop.order("wendy", "W-1", { status, version: index + 1 });
    await expect.poll(() => program.said, SOON).toBe("1 W-1 placed\n2 W-1 approved\n");
  });

  it("for curl prints one message a line, the connect push first", async () => {
    const env = { BELLWIRE_URL: cluster.url, BELLWIRE_TOKEN: await cluster.token("carl") };
    await using program = new Program("sh", [join(EXAMPLES, "curl/orders.sh"), "carl"], env);
    await expect.poll(() => program.said, SOON).toMatch(/^\{"connect":/);
    await shop.order("carl", "C-1", { status: "placed", version: 1 });
    const second = () => JSON.parse(program.said.split("\n")[1] || "{}") as object;
    await expect
      .poll(second, SOON)
      .toMatchObject({ channel: "orders:user#carl", pub: { offset: 1, data: { orderId: "C-1", status: "placed" } } });
  });
});
